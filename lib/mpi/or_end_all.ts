import { UserError } from "../engine/user_error.ts";
import type { World } from "./world.ts";

/**
 * Runs this rank's part. Where it fails, the other ranks would wait for it for ever: they are ended too. A user's mistake is told
 * without a stack trace, and gives its exit code.
 */
export async function orEndAll<T>(
  world: Pick<World, "rank" | "size" | "abort">,
  work: () => Promise<T>,
): Promise<T> {
  // Rank 0 decides what a signal means; mpirun sends it to all.
  const signals = world.rank > 0 && Deno.build.os !== "windows"
    ? ["SIGINT", "SIGTERM"] as const
    : [];
  signals.forEach((signal) => Deno.addSignalListener(signal, () => {}));
  try {
    return await work();
  } catch (error) {
    const isMistake = error instanceof UserError;
    console.error(`error: rank ${world.rank} of ${world.size}:`, isMistake ? error.message : error);
    return world.abort(isMistake ? error.exitCode : 1);
  }
}
