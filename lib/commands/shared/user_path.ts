import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The absolute path of one that the user gave, from where they stand. `deno task` runs commands in the project's folder and
 * says in INIT_CWD where it was called from; anywhere else that variable is somebody else's.
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
