import { encodeNotebook, type Notebook, readNotebook } from "./notebook.ts";
import { UserError } from "../engine/user_error.ts";
import type { Jupyter } from "./jupyter.ts";
import { failures } from "./problems.ts";

/** A notebook that must fail. */
const canary: Notebook = {
  cells: [{
    cell_type: "code",
    id: "canary",
    metadata: {},
    source: 'throw new Error("canary")',
    outputs: [],
    execution_count: null,
  }],
  metadata: { kernelspec: { name: "deno", display_name: "Deno", language: "typescript" } },
  nbformat: 4,
  nbformat_minor: 5,
};

/**
 * Runs a notebook that throws, since some versions of Deno's kernel report success.
 *
 * @param folder The folder for it.
 * @throws {UserError} when its failure goes unnoticed.
 */
export async function proveThatFailuresShow(jupyter: Jupyter, folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/canary.ipynb`, encodeNotebook(canary));
  await jupyter.execute(`${folder}/canary.ipynb`, `${folder}/executed`);
  const noticed = failures(await readNotebook(`${folder}/executed/canary.ipynb`));
  if (noticed.length === 0) {
    throw new UserError(
      `running notebooks: expected a cell that throws to fail, got a success; Deno ${Deno.version.deno} has a kernel that hides errors`,
    );
  }
}
