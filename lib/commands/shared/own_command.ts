import { fileURLToPath } from "node:url";

/** The project's folder, from which commands are started. */
export const projectFolder: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The permissions of the tasks in deno.json that train and attack, without those to start Deno and Slurm. */
export const permissions: readonly string[] = [
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys=cpus,systemMemoryInfo,hostname",
  "--allow-ffi",
  "--allow-run=npm",
];

/** What keeps Deno from looking for a newer version of itself. */
export const environment: Readonly<Record<string, string>> = { DENO_NO_UPDATE_CHECK: "1" };

/** The words that run a command of the project in a process of its own, after those that name Deno. */
export function ownCommand(command: string, flags: readonly string[]): string[] {
  const cli = `${projectFolder}lib/cli.ts`;
  return ["run", "--quiet", "--cached-only", "--no-prompt", ...permissions, cli, command, ...flags];
}
