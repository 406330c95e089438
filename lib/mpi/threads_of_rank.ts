import { availableParallelism, cpus } from "node:os";
import { mostWorkers } from "../engine/threads.ts";
import { allowedVariable } from "./allowed_variable.ts";
import type { World } from "./world.ts";

/**
 * How many threads a rank has unless a number is given: Slurm's --cpus-per-task, or the cores that mpirun bound this rank to, or an
 * equal part of this machine's; at most as many as an engine takes.
 */
export function threadsOfRank({ here }: Pick<World, "here">, env = allowedVariable): number {
  const bySlurm = Number(env("SLURM_CPUS_PER_TASK"));
  const share = isBound(env)
    ? availableParallelism()
    : Math.max(1, Math.floor(availableParallelism() / here));
  return Math.min(bySlurm > 0 ? bySlurm : share, mostWorkers);
}

/** What to tell the user where mpirun bound ranks to fewer cores than there are for each; undefined where it did not. */
export function bindingNote({ here }: Pick<World, "here">): string | undefined {
  const [bound, cores] = [availableParallelism(), cpus().length];
  const fair = Math.floor(cores / here);
  if (!isBound(allowedVariable) || bound >= fair) return undefined;
  return `mpirun bound each rank to ${bound} of the ${cores} cores here; with --bind-to none each has ${fair}`;
}

/** Whether mpirun left this rank some of the cores only. */
function isBound(env: typeof allowedVariable): boolean {
  return env("OMPI_MCA_orte_bound_at_launch") === "1";
}
