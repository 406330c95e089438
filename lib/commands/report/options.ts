import { parseCommand } from "../shared/cli_args.ts";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { helpLines } from "../shared/help_lines.ts";
import { userPath } from "../shared/user_path.ts";

/** What `report --help` prints. */
export const help = helpLines(
  `Redraws report.html of a results folder from its files. Trains and attacks nothing.

  deno task report DIR

  DIR     a folder that reproduce wrote, such as outputs/paper
  --help  print this

The report leaves out what the folder lacks, and names it. Signs that figures say less than they seem to are warned of.
`,
);

/**
 * Reads the arguments of `report`: the folder's absolute path; undefined when help was asked for.
 *
 * @throws {UserError} (exit code 2) unless exactly one folder is named.
 */
export async function readOptions(args: readonly string[]): Promise<string | undefined> {
  const { switches, words } = await parseCommand(args, { values: [], switches: ["help"] });
  if (switches.help) return undefined;
  if (words.length === 1 && words[0]) return userPath(words[0]);
  throw new UserError(
    `reading the arguments: expected one results folder, got ${
      excerpt(words.join(", ")) || "none"
    }`,
    2,
  );
}
