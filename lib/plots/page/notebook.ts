import type { Figure } from "../figures/figure.ts";
import { escapeHtml, type Html, inlineJson } from "./html.ts";
import { plotlyScript } from "./plotly_script.ts";

/** The same content in several media types, by type. */
export type MimeBundle = Readonly<Record<string, unknown>>;

const displaySymbol: unique symbol = Symbol.for("Jupyter.display") as never;

/** A value that a Jupyter kernel displays when it is a cell's last value. */
export interface Displayed {
  /** `Symbol.for("Jupyter.display")` gives the content in every type it has. */
  [key: symbol]: () => MimeBundle;
}

/**
 * A figure, or a piece of HTML, for the end of a notebook cell. VS Code draws figures itself; elsewhere they are
 * drawn by the Plotly that {@linkcode plotly} loaded into the page.
 */
export function display(content: Figure | Html): Displayed {
  return { [displaySymbol]: () => mimeBundle(content) };
}

/**
 * Plotly for a notebook's page, for the end of its first code cell: once for all of its figures, inside the notebook, so
 * that no network is needed.
 */
export async function plotly(): Promise<Displayed> {
  const script = await plotlyScript();
  return {
    [displaySymbol]: () => ({
      "text/html": `<script>${script}${drawing}</script>`,
      "text/plain": "Figures are drawn by Plotly.",
    }),
  };
}

function mimeBundle(content: Figure | Html): MimeBundle {
  if ("html" in content) return { "text/html": content.html, "text/plain": content.alt };
  const { alt, ...figure } = content;
  return {
    "application/vnd.plotly.v1+json": figure,
    "text/html": figureInPage(content),
    "text/plain": alt,
  };
}

/** A place for a figure and the script that draws it, now or when Plotly has loaded. */
function figureInPage({ data, layout, frames, alt }: Figure): string {
  const id = `figure-${crypto.randomUUID()}`;
  return `<div id="${id}">${escapeHtml(alt)} (Run the first cell to draw this figure.)</div><script>
(window.deepDefenseFigures ??= []).push((Plotly) => {
  const place = document.getElementById("${id}");
  place.textContent = "";
  Plotly.newPlot(place, { ...${
    inlineJson({ data, layout, frames })
  }, config: { responsive: true, displaylogo: false } });
});
</script>`;
}

/** Draws the figures that wait for Plotly, and later every new one when it is in the page. */
const drawing = `
plotly.then((Plotly) => {
  const waiting = window.deepDefenseFigures;
  window.deepDefenseFigures = { push: (draw) => setTimeout(draw, 50, Plotly) };
  waiting?.forEach?.((draw) => window.deepDefenseFigures.push(draw));
});`;
