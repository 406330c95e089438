import { delimiter, resolve } from "node:path";
import { UserError } from "../engine/user_error.ts";

/** Jupyter's command with a kernel `deno` that is the Deno that runs this. */
export interface Jupyter {
  /**
   * Runs all cells of a notebook, each in its folder, whatever fails, and writes the result into another folder under
   * the same name.
   */
  readonly execute: (path: string, outFolder: string) => Promise<void>;
  /** A notebook's cells as pieces of HTML, without a page around them. */
  readonly toHtml: (path: string) => Promise<string>;
}

const needed = "expected Jupyter's nbconvert; install it with `apt-get install jupyter-nbconvert " +
  "python3-nbclient` or `pip install nbconvert nbclient`";

/** Runs all cells, whatever fails, ten minutes each at most; late_outputs.py says why not by nbconvert's own class. */
const execution = [
  '--NotebookExporter.preprocessors=["late_outputs.LateOutputs"]',
  "--LateOutputs.enabled=True",
  "--LateOutputs.allow_errors=True",
  "--LateOutputs.kernel_name=deno",
  "--LateOutputs.timeout=600",
];

/**
 * Finds Jupyter, and writes a kernel `deno` into a folder.
 *
 * @param folder Where the kernel is described, while it is used.
 * @throws {UserError} saying what to install where Jupyter is missing.
 */
export async function findJupyter(folder: string): Promise<Jupyter> {
  const kernel = `${folder}/kernels/deno`;
  await Deno.mkdir(kernel, { recursive: true });
  const argv = [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"];
  const description = { argv, display_name: "Deno", language: "typescript" };
  await Deno.writeTextFile(`${kernel}/kernel.json`, JSON.stringify(description));
  const path = [resolve(folder), Deno.env.get("JUPYTER_PATH")].filter(Boolean).join(delimiter);
  const python = [import.meta.dirname, Deno.env.get("PYTHONPATH")].filter(Boolean).join(delimiter);
  const env = { JUPYTER_PATH: path, PYTHONPATH: python, PYTHONDONTWRITEBYTECODE: "1" };
  const convert = (args: readonly string[]) => nbconvert(args, env);
  await convert(["--version"]);
  return {
    async execute(path, outFolder) {
      await convert(["--to", "notebook", ...execution, "--output-dir", outFolder, path]);
    },
    toHtml: (path) => convert(["--to", "html", "--template", "basic", "--stdout", path]),
  };
}

async function nbconvert(args: readonly string[], env: Record<string, string>): Promise<string> {
  const command = new Deno.Command("jupyter", { args: ["nbconvert", ...args], env });
  let ended: Deno.CommandOutput;
  try {
    ended = await command.output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(`running notebooks: ${needed}`, 1, { cause: error });
  }
  if (ended.success) return new TextDecoder().decode(ended.stdout);
  const said = new TextDecoder().decode(ended.stderr).trim();
  if (/no.*(jupyter-nbconvert|command)|not found/i.test(said) && args[0] === "--version") {
    throw new UserError(`running notebooks: ${needed}; jupyter said: ${lastLine(said)}`);
  }
  throw new UserError(`running jupyter nbconvert ${args.join(" ")}: ${lastLine(said)}`);
}

function lastLine(text: string): string {
  return text.split("\n").at(-1)!;
}
