import assert from "node:assert/strict";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { findJupyter } from "../../lib/notebooks/jupyter.ts";
import {
  type Cell,
  encodeNotebook,
  type Output,
  readNotebook,
} from "../../lib/notebooks/notebook.ts";

const here = fileURLToPath(new URL("./", import.meta.url));
const execution = [
  '--NotebookExporter.preprocessors=["interrupting.Interrupting"]',
  "--Interrupting.enabled=True",
  "--Interrupting.allow_errors=True",
  "--Interrupting.kernel_name=deno",
  "--Interrupting.timeout=60",
];

/**
 * Runs cells on one real kernel, in a folder; where a cell prints "interrupt here", it is interrupted.
 *
 * @returns The outputs of every cell.
 */
export async function runCells(folder: string, sources: readonly string[]): Promise<Output[][]> {
  const cells = sources.map((source, i): Cell => (
    { cell_type: "code", id: `c${i}`, metadata: {}, source, outputs: [], execution_count: null }
  ));
  const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 } as const;
  await Deno.writeTextFile(`${folder}/cells.ipynb`, encodeNotebook(notebook));
  await findJupyter(folder); // describes the kernel in the folder
  const env = {
    JUPYTER_PATH: folder,
    PYTHONPATH: [here, fileURLToPath(new URL("../../lib/notebooks/", import.meta.url))].join(
      delimiter,
    ),
    PYTHONDONTWRITEBYTECODE: "1",
    DENO_NO_UPDATE_CHECK: "1",
  };
  const out = ["--output-dir", `${folder}/executed`, `${folder}/cells.ipynb`];
  const args = ["nbconvert", "--to", "notebook", ...execution, ...out];
  const { success, stderr } = await new Deno.Command("jupyter", { args, env }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  const executed = await readNotebook(`${folder}/executed/cells.ipynb`);
  return executed.cells.map(({ outputs = [] }) => [...outputs]);
}
