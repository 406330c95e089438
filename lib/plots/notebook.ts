import type { Figure } from "./figure.ts";
import type { Html } from "./html.ts";

/** The same content in several media types, by type. */
export type MimeBundle = Readonly<Record<string, unknown>>;

const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** What a Jupyter kernel shows when it is a cell's last value. */
export interface Displayed {
  /** `Symbol.for("Jupyter.display")` gives the content in every type it has. */
  [key: symbol]: () => MimeBundle;
}

/** A figure, or a piece of HTML, to end a notebook cell with. */
export function display(content: Figure | Html): Displayed {
  return { [DISPLAY]: () => mimeBundle(content) };
}

function mimeBundle(content: Figure | Html): MimeBundle {
  if ("html" in content) return { "text/html": content.html, "text/plain": content.alt };
  const { data, layout, alt } = content;
  return { "application/vnd.plotly.v1+json": { data, layout }, "text/plain": alt };
}
