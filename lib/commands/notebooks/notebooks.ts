import { fileURLToPath } from "node:url";
import { UserError } from "../../engine/user_error.ts";
import { makeFolder, writeWhole } from "../../files/files.ts";
import { proveThatFailuresShow } from "../../notebooks/canary.ts";
import { cleaned, drawables } from "../../notebooks/cleaned.ts";
import { findJupyter, type Jupyter } from "../../notebooks/jupyter.ts";
import { encodeNotebook, readNotebook } from "../../notebooks/notebook.ts";
import { notebookPage } from "../../notebooks/notebook_page.ts";
import { pictures } from "../../notebooks/pictures.ts";
import { failures } from "../../notebooks/problems.ts";
import { help, type NotebooksOptions, readOptions } from "./options.ts";

/** Where the notebooks are. */
const source = fileURLToPath(new URL("../../../notebooks/", import.meta.url));

/** `notebooks`: runs the notebooks and writes copies and pages. Returns the exit code, 1 when a cell failed. */
export async function notebooks(args: readonly string[]): Promise<number> {
  const options = await readOptions(args);
  if (!options) {
    console.log(help);
    return 0;
  }
  const names = await chosen(options.only);
  await makeFolder(options.out);
  const folder = await Deno.makeTempDir();
  try {
    const jupyter = await findJupyter(folder);
    await proveThatFailuresShow(jupyter, folder);
    const failed: string[] = [];
    for (const name of names) {
      if (!await runOne(name, jupyter, folder, options)) failed.push(name);
    }
    if (failed.length > 0) console.error(`error: failed: ${failed.join(", ")}`);
    else console.log(`written to ${options.out}`);
    return failed.length > 0 ? 1 : 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The names of the notebooks, without their ending, in order. */
async function chosen(only: readonly string[] = [""]): Promise<string[]> {
  const files = (await Array.fromAsync(Deno.readDir(source))).map(({ name }) => name);
  const all = files.filter((name) => name.endsWith(".ipynb")).map((name) => name.slice(0, -6));
  const unknown = only.find((start) => !all.some((name) => name.startsWith(start)));
  if (unknown !== undefined) {
    throw new UserError(
      `reading --only: expected the beginning of one of ${all.sort().join(", ")}, got ${unknown}`,
      2,
    );
  }
  return all.filter((name) => only.some((start) => name.startsWith(start))).sort();
}

/** Runs a notebook, reports how it went and writes the results; false when a cell failed. */
async function runOne(
  name: string,
  jupyter: Jupyter,
  folder: string,
  { out, write }: NotebooksOptions,
): Promise<boolean> {
  const begun = performance.now();
  await jupyter.execute(`${source}${name}.ipynb`, `${folder}/executed`);
  const executed = await readNotebook(`${folder}/executed/${name}.ipynb`);
  const seconds = Math.round((performance.now() - begun) / 1000);
  const failed = failures(executed);
  console.log([`${name}: ${seconds} s`, ...failed].join("\n  "));
  if (failed.length > 0) return false;
  const result = cleaned(executed, write ? await pictures(drawables(executed)) : []);
  await writeWhole(`${out}/${name}.html`, await notebookPage(cleaned(executed), jupyter, folder));
  await writeWhole(`${out}/${name}.ipynb`, encodeNotebook(result));
  if (write) await writeWhole(`${source}${name}.ipynb`, encodeNotebook(result));
  return true;
}
