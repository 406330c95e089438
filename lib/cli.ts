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
import type { EngineOptions } from "./engine/engine.ts";
import { excerpt } from "./engine/excerpt.ts";
import { UserError } from "./engine/user_error.ts";
import { startedRanks, withRanks } from "./mpi/with_ranks.ts";

/** A command. */
interface Command {
  readonly run: (args: readonly string[], ranks?: EngineOptions["ranks"]) => Promise<number>;
  /** Whether several ranks can share it. */
  readonly isShared: boolean;
}

const commands: Readonly<Record<string, Command>> = {
  reproduce: { run: reproduce, isShared: true },
  report: { run: report, isShared: false },
  attack: { run: attack, isShared: true },
  evaluate: { run: evaluateModels, isShared: true },
  defend: { run: defendModel, isShared: true },
  export: { run: exportModel, isShared: false },
  notebooks: { run: notebooks, isShared: false },
};

/** Makes a file that outgrows the user's limit an error like a full disk, where it would end the process. */
function outliveFileLimits(): void {
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGXFSZ", () => {});
}

/** Runs a command and returns the process's exit code. A user's mistake is one line. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  const command = commands[name];
  return await inOneLine(async () => {
    if (!command) throw unknownCommand(name);
    if (!command.isShared) return await runAlone(name, () => command.run(rest));
    return await withRanks((ranks) => inOneLine(() => command.run(rest, ranks))) ?? 0;
  });
}

/** Runs a command of one process. Of several, rank 0 alone says that they are too many. */
async function runAlone(name: string, run: () => Promise<number>): Promise<number> {
  const ranks = startedRanks();
  if (!ranks) return await run();
  if (ranks.rank > 0) return 0;
  throw new UserError(
    `running ${name}: expected one process, got ${ranks.size}: start it without mpirun or srun`,
    2,
  );
}

/** Makes a user's mistake one line and its exit code. */
async function inOneLine(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
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
