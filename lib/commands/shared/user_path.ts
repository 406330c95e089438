import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The absolute path of a user's path, relative to the user's current folder. `deno task` runs commands in the project's folder and
 * gives the user's folder in INIT_CWD; elsewhere that variable may belong to another program.
 */
export function userPath(path: string): string {
  const called = Deno.env.get("INIT_CWD");
  return resolve(called && isInProject() ? called : Deno.cwd(), path);
}

/** A dataset's name with the absolute path of its folder, where it has one: `idx:DIR`. */
export function userDataset(name: string): string {
  return name.replace(
    /^(\w+):(.+)$/s,
    (_, kind: string, folder: string) => `${kind}:${userPath(folder)}`,
  );
}

function isInProject(): boolean {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  return Deno.realPathSync(root) === Deno.realPathSync(".");
}
