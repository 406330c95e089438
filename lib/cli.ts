/**
 * The command line: `deno task reproduce --help`.
 *
 * @module
 */

import { attack } from "./commands/attack/attack.ts";
import { evaluateModels } from "./commands/evaluate/evaluate.ts";
import { exportModel } from "./commands/export/export.ts";
import { notebooks } from "./commands/notebooks/notebooks.ts";
import { reproduce } from "./commands/reproduce/reproduce.ts";
import { closest } from "./commands/shared/cli_args.ts";
import { report } from "./commands/report/report.ts";
import { defendModel } from "./commands/defend/defend.ts";
import { excerpt } from "./engine/excerpt.ts";
import { UserError } from "./engine/user_error.ts";

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  reproduce,
  report,
  attack,
  evaluate: evaluateModels,
  defend: defendModel,
  export: exportModel,
  notebooks,
};

/** Makes a file that outgrows the user's limit an error like a full disk, where it would end the process. */
function outliveFileLimits(): void {
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGXFSZ", () => {});
}

/** Runs a command and returns the process's exit code. A user's mistake is one line. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  const command = commands[name];
  try {
    if (!command) throw unknownCommand(name);
    return await command(rest);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`error: ${error.message}`);
    return error.exitCode;
  }
}

function unknownCommand(name: string): UserError {
  const names = Object.keys(commands);
  const meant = closest(name, names);
  return new UserError(
    `choosing a command: expected one of ${names.join(", ")}, got ${excerpt(name || "none")}${
      meant ? `; did you mean ${meant}?` : ""
    }`,
    2,
  );
}

if (import.meta.main) {
  outliveFileLimits();
  Deno.exit(await main(Deno.args));
}
