import { codeCells, encodeNotebook, type Notebook, sourcesHash, textOf } from "./notebook.ts";

/** The largest size of a committed notebook, in bytes. */
const largest = 2_000_000;

/** The most lines of a code cell that is still easy to read. */
const longest = 20;

/** The problems after running a notebook: cells that failed or were not run. */
export function failures(executed: Notebook): string[] {
  return codeCells(executed).flatMap(({ outputs = [], execution_count }, i) => {
    const error = outputs.find(({ output_type }) => output_type === "error");
    if (error) return [`code cell ${i + 1} failed: ${error.ename}: ${error.evalue}`];
    return execution_count ? [] : [`code cell ${i + 1} was not run`];
  });
}

/** The problems of a notebook before it is committed; none when it is fine. */
export function problems(notebook: Notebook): string[] {
  const cells = codeCells(notebook);
  const errors = cells.flatMap(({ outputs = [] }, i) =>
    outputs.filter(({ output_type }) => output_type === "error").map(({ ename }) =>
      `code cell ${i + 1} holds an error, ${ename}`
    )
  );
  const long = cells.flatMap(({ source }, i) => {
    const lines = textOf(source).split("\n").length;
    return lines > longest ? [`code cell ${i + 1} has ${lines} lines, more than ${longest}`] : [];
  });
  const counted = cells.some(({ execution_count }) => execution_count !== null);
  const { sources_sha256 } = notebook.metadata;
  const size = encodeNotebook(notebook).length;
  return [
    ...errors,
    ...long,
    ...(counted ? ["it holds execution counts"] : []),
    ...(sources_sha256 === undefined ? ["it was not run"] : []),
    ...(sources_sha256 !== undefined && sources_sha256 !== sourcesHash(notebook)
      ? ["its outputs were made from other code than its cells'"]
      : []),
    ...(size > largest ? [`it has ${size} bytes, more than ${largest}`] : []),
  ];
}
