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

type Ranks = EngineOptions["ranks"];

/** The commands that several ranks can share. */
const shared: Readonly<
  Record<string, (args: readonly string[], ranks: Ranks) => Promise<number>>
> = { reproduce, attack, evaluate: evaluateModels, defend: defendModel };

/** The commands of one process. */
const single: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  report,
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
  const command = shared[name];
  if (!command) return await inOneLine(() => alone(name, rest));
  const run = (ranks: Ranks) => inOneLine(() => command(rest, ranks));
  return await inOneLine(async () => await withRanks(run) ?? 0);
}

/** Runs a command of one process. Of several, rank 0 alone says that they are too many. */
function alone(name: string, args: readonly string[]): Promise<number> {
  const run = single[name];
  const { rank, size } = startedRanks() ?? { rank: 0, size: 1 };
  if (rank > 0) return Promise.resolve(0);
  if (!run) throw unknownCommand(name);
  if (size === 1) return run(args);
  throw new UserError(
    `running ${name}: expected one process, got ${size}: start it without mpirun or srun`,
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
  const names = Object.keys({ ...shared, ...single });
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
