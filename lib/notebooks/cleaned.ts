import {
  type Cell,
  codeCells,
  type Notebook,
  type Output,
  plotlyType,
  sourcesHash,
  textOf,
} from "./notebook.ts";

/** The media types of an output that are kept, in the order of preference. */
const keptTypes = [plotlyType, "text/html", "image/png", "text/plain"];

/**
 * An executed notebook as it is committed: outputs in plain media types, figures as data and as pictures without the
 * script that draws them, no counts, times or versions; and in its metadata the hash of the code that made the outputs.
 *
 * @param executed A notebook whose code cells have all been run without an error.
 * @param pictures A PNG in base 64 of every figure, in order; none to leave them out.
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

/** The figures that a notebook's outputs hold, in order. */
export function figuresOf(notebook: Notebook): Record<string, unknown>[] {
  return codeCells(notebook).flatMap(({ outputs = [] }) => outputs).flatMap(({ data }) =>
    data?.[plotlyType] ? [data[plotlyType] as Record<string, unknown>] : []
  );
}

/** Whether an output shows anything: a line of progress is empty in the end. */
function isSeen({ data }: Output): boolean {
  const isEmpty = data && Object.keys(data).join() === "text/plain" &&
    textOf(data["text/plain"] as string | string[]) === "";
  return !isEmpty;
}

function cleanedOutput(output: Output, pictures: string[]): Output {
  const { output_type, data = {}, name, text } = output;
  if (output_type === "stream") return { name: name!, output_type, text: text! };
  const isFigure = plotlyType in data;
  const picture = isFigure ? pictures.shift() : undefined;
  const shown: Record<string, unknown> = {
    ...data,
    ...(picture ? { "image/png": picture } : {}),
  };
  const isScript = isFigure || /^<script>/.test(textOf(shown["text/html"] as string | string[]));
  const kept = keptTypes.filter((type) => type in shown && !(isScript && type === "text/html"));
  return {
    data: Object.fromEntries(kept.map((type) => [type, shown[type]])),
    metadata: {},
    output_type: "display_data",
  };
}
