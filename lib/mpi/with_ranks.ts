import type { Ranks } from "../engine/threads.ts";
import { UserError } from "../engine/user_error.ts";
import { allowedVariable } from "./allowed_variable.ts";
import { firstRank } from "./first_rank.ts";
import { loadLibrary } from "./library.ts";
import { otherRank } from "./other_rank.ts";
import { orEndAll } from "./or_end_all.ts";
import { bindingNote } from "./threads_of_rank.ts";
import { joinWorld } from "./world.ts";

/**
 * Runs a program on the processes that `mpirun` or `srun` started, its ranks. The first one, rank 0, runs `main`; the others
 * compute for the engines that it creates with `ranks`, until it ends. In a process that was started alone, `main` runs without ranks.
 *
 * @returns What `main` returns; undefined on the other ranks.
 * @throws {UserError} on rank 0, when Open MPI's library cannot be loaded or has not joined the processes.
 *
 * @example Train on as many processes as mpirun starts: `mpirun -np 4 deno run -A train.ts`.
 * ```ts
 * import * as dd from "deep-defense";
 *
 * await dd.withRanks(async (ranks) => {
 *   await using engine = await dd.createEngine({ workers: 1, ranks });
 *   console.log(`${ranks?.size ?? 1} processes, ${engine.workers} threads`);
 * });
 * ```
 */
export async function withRanks<T>(
  main: (ranks: Ranks | undefined) => Promise<T>,
): Promise<T | undefined> {
  const started = startedRanks();
  if (!started) return await main(undefined);
  const world = joined(started);
  if (!world) return undefined;
  return await orEndAll(world, async () => {
    if (world.rank > 0) return void await otherRank(world);
    const note = bindingNote(world);
    if (note) console.error(`note: ${note}`);
    const ranks = firstRank(world);
    const result = await main(ranks);
    await ranks.end();
    return result;
  });
}

/** Joins the other ranks. Where that fails, rank 0 alone says so. */
function joined({ rank, size }: { readonly rank: number; readonly size: number }) {
  try {
    const world = joinWorld(loadLibrary());
    if (world.size === size) return world;
    throw new UserError(
      `computing on several ranks: expected ${size} of them, but Open MPI joined ${world.size}; start them with Open MPI's mpirun, or with srun --mpi=pmix`,
    );
  } catch (error) {
    if (rank > 0 && error instanceof UserError) return undefined;
    throw error;
  }
}

/** The rank of this process and how many there are, as the environment says; undefined where there is only one. */
export function startedRanks(
  env = allowedVariable,
): { readonly rank: number; readonly size: number } | undefined {
  for (const [rank, size] of variables) {
    const found = { rank: Number(env(rank) ?? NaN), size: Number(env(size) ?? NaN) };
    if (found.rank >= 0 && found.size > 1) return found;
  }
  return undefined;
}

/** The variables of rank and size that mpirun, srun --mpi=pmix and srun --mpi=pmi2 set. */
const variables = [
  ["OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"],
  ["PMIX_RANK", "SLURM_NTASKS"],
  ["PMI_RANK", "PMI_SIZE"],
] as const;
