import { fileURLToPath } from "node:url";

const beside = fileURLToPath(new URL("beside.sh", import.meta.url));

/**
 * Makes a command of a shell script.
 *
 * Linux starts no file that someone has open for writing, and a process that another test starts at that moment holds all
 * files of this one open. So the command is a link to a script that is never written, which reads the new one.
 */
export async function writeCommand(path: string, script: string): Promise<void> {
  await Deno.writeTextFile(`${path}.sh`, script);
  await Deno.symlink(beside, path);
}
