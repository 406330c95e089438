import { type Html, proseHtml } from "./html.ts";

const styleHtml = `<style>
.dd-summary { padding-left: 1.1rem; max-width: 42rem; }
.dd-summary li { padding: .2rem 0; }
.dd-summary sub { line-height: 0; }
</style>`;

/** A page's findings: sentences, as plain text, in a list. */
export function summaryList(sentences: readonly string[]): Html {
  const items = sentences.map((text) => `<li>${proseHtml(text)}</li>`);
  return {
    html: `${styleHtml}<ul class="dd-summary">${items.join("")}</ul>`,
    alt: sentences.join(" "),
  };
}
