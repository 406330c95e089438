import type { Claim } from "../../experiments/claims.ts";
import { type Html, proseHtml } from "../page/html.ts";

const styleHtml = `<style>
.dd-claims { list-style: none; padding: 0; font-size: max(.9375rem, 15px); line-height: 1.5; }
.dd-claims li { display: grid; grid-template-columns: max(8.5rem, 136px) 1fr; gap: 0 .75rem; padding: .5rem 0; border-top: 1px solid color-mix(in srgb, currentColor 22%, transparent); }
.dd-claims div { grid-column: 2; }
.dd-claims small { font-variant-numeric: tabular-nums; color: color-mix(in srgb, currentColor 62%, transparent); overflow-wrap: anywhere; }
.dd-claims sub { line-height: 0; }
.dd-claims .dd-open { font-weight: 400; color: color-mix(in srgb, currentColor 62%, transparent); }
@media (max-width: 640px) { .dd-claims li { display: block; } .dd-claims b { display: block; } }
</style>`;

/** The paper's claims, one per line: whether it holds here, and the figures that decide. */
export function claimList(claims: readonly Claim[]): Html {
  const lines = claims.map((claim) =>
    `<li>${verdict(claim)} <span>${proseHtml(claim.text)}.</span>` +
    `${claim.figures ? `<div><small>${proseHtml(claim.figures)}</small></div>` : ""}</li>`
  );
  const holding = claims.filter(({ holds }) => holds === true).length;
  const measured = claims.filter(({ holds }) => holds !== null).length;
  return {
    html: `${styleHtml}<ul class="dd-claims">${lines.join("")}</ul>`,
    alt: `The paper's claims: ${holding} of the ${measured} that were measured hold.`,
  };
}

function verdict({ holds }: Claim): string {
  if (holds === null) return `<b class="dd-open">– not measured</b>`;
  return `<b>${holds ? "✓ holds" : "✗ does not hold"}</b>`;
}
