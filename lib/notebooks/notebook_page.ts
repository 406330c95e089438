import type { Figure } from "../plots/figures/figure.ts";
import { figureHtml, page } from "../plots/page/page.ts";
import { plotlyScript } from "../plots/page/plotly_script.ts";
import { withoutFolds } from "./folds.ts";
import type { Jupyter } from "./jupyter.ts";
import { withTokens } from "./math.ts";
import { mathFontStyle } from "./math_font.ts";
import {
  type Cell,
  encodeNotebook,
  type Notebook,
  type Output,
  plotlyType,
  textOf,
} from "./notebook.ts";
import { notebookStyle } from "./notebook_style.ts";

/** A figure as outputs hold it. */
type OutputFigure = Omit<Figure, "alt">;

/**
 * An executed notebook as one HTML page that needs nothing else: text, formulas, code and outputs, with Plotly inside once.
 * Links between notebooks become links between their pages.
 *
 * @param folder A folder for the notebook while it is converted.
 */
export async function notebookPage(
  notebook: Notebook,
  jupyter: Jupyter,
  folder: string,
): Promise<string> {
  const pieces = new Map<string, string>();
  const figures: OutputFigure[] = [];
  const cells = notebook.cells.map((cell): Cell => {
    if (cell.cell_type !== "code") return withPlaceholders(cell, pieces);
    return { ...cell, outputs: cell.outputs!.map((output) => withPlace(output, figures)) };
  });
  const path = `${folder}/page.ipynb`;
  await Deno.writeTextFile(path, encodeNotebook({ ...notebook, cells }));
  const html = await jupyter.toHtml(path);
  const body = html
    .replaceAll(/<p>(fold[0-9a-f]{32})<\/p>/g, (whole, token) => pieces.get(token) ?? whole)
    .replaceAll(/formula[0-9a-f]{32}/g, (token) => pieces.get(token) ?? token)
    .replaceAll(/href="(\d\d_\w+)\.ipynb/g, 'href="$1.html');
  return page({
    title: titleOf(notebook),
    body: `<main class="notebook">${body}</main>`,
    figures,
    plotlyScript: figures.length > 0 ? await plotlyScript() : "",
    style: (body.includes("<math") ? await mathFontStyle() : "") + notebookStyle,
  });
}

/** Replaces a text's formulas and folds by words that markdown leaves alone. */
function withPlaceholders(cell: Cell, pieces: Map<string, string>): Cell {
  const unfolded = withoutFolds(textOf(cell.source));
  const { text, mathml } = withTokens(unfolded.text);
  for (const [token, piece] of [...unfolded.marks, ...mathml]) pieces.set(token, piece);
  return { ...cell, source: text };
}

/** Replaces a figure's output by the figure's place on the page; gives a picture its alternative text. */
function withPlace(output: Output, figures: OutputFigure[]): Output {
  const alt = textOf(output.data?.["text/plain"] as string | string[] | undefined);
  const figure = output.data?.[plotlyType] as OutputFigure | undefined;
  if (!figure) {
    return output.data?.["image/png"] ? { ...output, metadata: { "image/png": { alt } } } : output;
  }
  figures.push(figure);
  const html = figureHtml({ layout: figure.layout, alt }, figures.length);
  return { output_type: "display_data", metadata: {}, data: { "text/html": html } };
}

/** The first heading. */
function titleOf({ cells }: Notebook): string {
  const first = cells.find(({ cell_type }) => cell_type === "markdown");
  return /^# (.*)$/m.exec(textOf(first?.source))?.[1] ?? "Notebook";
}
