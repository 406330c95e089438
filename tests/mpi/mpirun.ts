import { isMissing } from "../installed.ts";

/** Whether tests with several ranks have to be skipped, since there is no mpirun. */
export const isWithoutMpi = await isMissing("mpirun", "--version");

/** Starts Deno on two ranks, on any user's machine with any number of cores. */
export function startRanks(args: readonly string[]): Deno.ChildProcess {
  const how = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-np", "2"];
  const patience = ["--mca", "odls_base_sigkill_timeout", "3"]; // Seconds from SIGTERM to SIGKILL: tests share the cores.
  return new Deno.Command("mpirun", {
    args: [...how, ...patience, Deno.execPath(), ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Kills a rank that an mpirun started. */
export async function killRank(rank: number, { pid }: Deno.ChildProcess): Promise<void> {
  // Deno itself may not read /proc without all permissions.
  const script = `for child in $(cat /proc/${pid}/task/${pid}/children); do
    if grep -qz '^OMPI_COMM_WORLD_RANK=${rank}$' /proc/$child/environ; then kill -KILL $child; exit; fi
  done; exit 1`;
  const { success } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  if (!success) throw new Error(`killing rank ${rank}: expected it among the children of ${pid}`);
}
