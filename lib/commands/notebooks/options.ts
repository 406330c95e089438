import { resolve } from "node:path";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { parseCommand } from "../shared/cli_args.ts";
import { helpLines } from "../shared/help_lines.ts";
import { userPath } from "../shared/user_path.ts";

/** The options of `notebooks`. */
export interface NotebooksOptions {
  /** The beginnings of names; all notebooks when left out. */
  readonly only?: readonly string[];
  /** Where executed copies and pages go. */
  readonly out: string;
  /** Whether the notebooks themselves are replaced by their executed copies. */
  readonly write: boolean;
}

/** What `notebooks --help` prints. */
export const help = helpLines(
  `Runs the notebooks on Deno's Jupyter kernel and writes executed copies and HTML pages.

  deno task notebooks [flags]

  --only 00,03        the notebooks whose names begin with these (all)
  --out DIR           where copies and pages go (outputs/notebooks)
  --write             put the outputs, with pictures of the figures, into notebooks/ itself; needs Chromium
  --help              print this
`,
);

/**
 * Reads the flags of `notebooks`; undefined when help was asked for.
 *
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readOptions(args: readonly string[]): Promise<NotebooksOptions | undefined> {
  const { values, switches, words } = await parseCommand(args, {
    values: ["only", "out"],
    switches: ["write", "help"],
  });
  if (switches.help) return undefined;
  if (words.length > 0) {
    throw new UserError(`reading the arguments: expected flags only, got ${excerpt(words[0]!)}`, 2);
  }
  return {
    ...(values.only ? { only: values.only.split(",") } : {}),
    out: values.out ? userPath(values.out) : resolve("outputs/notebooks"),
    write: switches.write ?? false,
  };
}
