import type { Engine } from "../../../engine/engine.ts";
import { UserError } from "../../../engine/user_error.ts";
import type { Choice } from "../chosen_jobs.ts";

/** The threads that a job has unless told: more make a step little faster. */
const usualThreads = 4;

/** How many jobs run side by side, and the threads of each. */
export interface Share {
  readonly atOnce: number;
  readonly workers: number;
}

/**
 * How jobs share the threads.
 *
 * @param wanted How many jobs at once; unless given, one for 4 threads, and 1 on a GPU, on several ranks, of named jobs
 * or where Deno may not be started.
 * @param hasRanks Whether several ranks share every job; one process computes unless given.
 * @throws {UserError} when several are wanted and Deno may not be started, or there are several ranks.
 */
export function shareOf(
  wanted: number | undefined,
  { workers, device }: Pick<Engine, "workers" | "device">,
  choice: Choice,
  hasRanks = false,
): Share {
  if (hasRanks && (wanted ?? 1) > 1) {
    throw new UserError(
      `running jobs side by side: expected one process with --at-once ${wanted}, got several ranks, which share every job`,
      2,
    );
  }
  const usual = device === "cpu" && !hasRanks && !("ids" in choice) && mayStartDeno()
    ? Math.floor(workers / usualThreads)
    : 1;
  const atOnce = Math.max(1, wanted ?? usual);
  if (atOnce > 1 && !mayStartDeno()) {
    throw new UserError(
      "running jobs side by side: expected the permission to start Deno, which deno task reproduce has, got none",
    );
  }
  return { atOnce, workers: Math.max(1, Math.floor(workers / atOnce)) };
}

function mayStartDeno(): boolean {
  const { state } = Deno.permissions.querySync({ name: "run", command: Deno.execPath() });
  return state === "granted";
}
