import {
  type Cell,
  codeCells,
  type Notebook,
  type Output,
  plotlyType,
  sourcesHash,
  textOf,
} from "./notebook.ts";

/** What an output shows that a picture can stand for: a figure of Plotly's, or HTML with images in it. */
export type Drawable = { readonly figure: Record<string, unknown> } | { readonly html: string };

/** The media types of an output that are kept, in the order of preference. */
const keptTypes = [plotlyType, "text/html", "image/png", "text/plain"];

/**
 * An executed notebook as it is committed: outputs in plain media types, figures as data and as pictures without the
 * script that draws them, grids of images as one picture, no counts, times or versions; and in its metadata the hash of
 * the code that made the outputs.
 *
 * A grid's HTML gives way to its picture: viewers that do not trust a notebook prefer the HTML and take the images out.
 *
 * @param executed A notebook whose code cells have all been run without an error.
 * @param pictures A PNG in base 64 of every one of its {@link drawables}, in order; none to leave them out.
 */
export function cleaned(executed: Notebook, pictures: readonly string[] = []): Notebook {
  const remaining = [...pictures];
  const cells = executed.cells.map((cell): Cell => {
    const { id, cell_type, source, outputs = [] } = cell;
    if (cell_type !== "code") return { cell_type, id, metadata: {}, source };
    return {
      cell_type,
      execution_count: null,
      id,
      metadata: {},
      outputs: outputs.filter(isSeen).map((output) => cleanedOutput(output, remaining)),
      source,
    };
  });
  const { kernelspec } = executed.metadata;
  const metadata = {
    kernelspec,
    language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
    sources_sha256: sourcesHash(executed),
  };
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 };
}

/** What a notebook's outputs show that needs a picture, in order. */
export function drawables(notebook: Notebook): Drawable[] {
  return codeCells(notebook).flatMap(({ outputs = [] }) => outputs).flatMap((output) =>
    drawableOf(output) ?? []
  );
}

/** Whether an output shows anything: a line of progress is empty in the end. */
function isSeen({ data }: Output): boolean {
  const isEmpty = data && Object.keys(data).join() === "text/plain" &&
    textOf(data["text/plain"] as string | string[]) === "";
  return !isEmpty;
}

function drawableOf({ data = {} }: Output): Drawable | undefined {
  if (plotlyType in data) return { figure: data[plotlyType] as Record<string, unknown> };
  const html = textOf(data["text/html"] as string | string[]);
  return html.includes("<img ") ? { html } : undefined;
}

function cleanedOutput(output: Output, pictures: string[]): Output {
  const { output_type, data = {}, name, text } = output;
  if (output_type === "stream") return { name: name!, output_type, text: text! };
  const picture = drawableOf(output) && pictures.shift();
  const shown: Record<string, unknown> = {
    ...data,
    ...(picture ? { "image/png": picture } : {}),
  };
  const isScript = plotlyType in data ||
    /^<script>/.test(textOf(shown["text/html"] as string | string[]));
  const withoutHtml = isScript || picture;
  const kept = keptTypes.filter((type) => type in shown && !(withoutHtml && type === "text/html"));
  return {
    data: Object.fromEntries(kept.map((type) => [type, shown[type]])),
    metadata: {},
    output_type: "display_data",
  };
}
