import type { Html } from "./html.ts";

const STYLE = `<style>
.dd-wide { overflow-x: auto; background: linear-gradient(to left, var(--page, transparent) 40%, transparent) right / 2.5rem 100% no-repeat local, linear-gradient(to left, var(--rule, transparent), transparent) right / .75rem 100% no-repeat scroll; }
.dd-wide td { white-space: nowrap; }
.dd-wide th { vertical-align: bottom; }
</style>`;

/** A table that scrolls sideways where the page is narrower than it is, with a shade at its edge there: the page itself does not scroll. */
export function scrollable({ html, alt }: Html): Html {
  return { html: `${STYLE}<div class="dd-wide" tabindex="0">${html}</div>`, alt };
}
