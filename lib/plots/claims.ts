import type { Claim } from "../experiments/claims.ts";
import { escapeHtml, type Html } from "./html.ts";

const STYLE = `<style>
.dd-claims { list-style: none; padding: 0; font-size: .9375rem; line-height: 1.5; }
.dd-claims li { padding: .5rem 0; border-top: 1px solid color-mix(in srgb, currentColor 22%, transparent); }
.dd-claims b { display: inline-block; min-width: 7rem; }
.dd-claims small { display: block; font-variant-numeric: tabular-nums; color: color-mix(in srgb, currentColor 62%, transparent); overflow-wrap: anywhere; }
</style>`;

/** The paper's claims, a line each: whether it holds here, and the figures that decide. */
export function claimList(claims: readonly Claim[]): Html {
  const lines = claims.map((claim) =>
    `<li><b>${verdict(claim)}</b> ${escapeHtml(claim.text)}.` +
    `${claim.figures ? `<small>${escapeHtml(claim.figures)}</small>` : ""}</li>`
  );
  const holding = claims.filter(({ holds }) => holds === true).length;
  const measured = claims.filter(({ holds }) => holds !== null).length;
  return {
    html: `${STYLE}<ul class="dd-claims">${lines.join("")}</ul>`,
    alt: `The paper's claims: ${holding} of the ${measured} that were measured hold.`,
  };
}

function verdict({ holds }: Claim): string {
  return holds === null ? "not measured" : holds ? "holds" : "does not hold";
}
