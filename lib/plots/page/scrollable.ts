import type { Html } from "./html.ts";

const STYLE = `<style>
.dd-wide { overflow-x: auto; }
.dd-wide td { white-space: nowrap; }
.dd-wide th { vertical-align: bottom; }
</style>`;

/** A table that scrolls sideways where the page is narrower than it is: the page itself does not. */
export function scrollable({ html, alt }: Html): Html {
  return { html: `${STYLE}<div class="dd-wide" tabindex="0">${html}</div>`, alt };
}
