import { excerpt } from "../../engine/excerpt.ts";
import { readFile } from "../../engine/read_file.ts";
import { UserError } from "../../engine/user_error.ts";
import type { NameMap } from "../../networks/tensor_names.ts";
import { userPath } from "./user_path.ts";

/** What --help says of --rename. */
export const renameHelp =
  `--rename NAMES      what the network calls tensors or modules of the safetensors: linear1=fc1,head=fc2; an empty
                      name (student=) takes a module's away; or a file, names.json: {"linear1": "fc1"}`;

/**
 * Reads --rename, a list or a JSON file.
 *
 * @throws {UserError} when it is neither, or the file cannot be read.
 */
export async function renameOf(text: string): Promise<NameMap> {
  if (isFile(text)) return await mapIn(userPath(text));
  const pairs = text.split(",").map((pair) => /^([^=]+)=([^=]*)$/.exec(pair)?.slice(1));
  const map = new Map(pairs.filter((pair) => pair !== undefined) as [string, string][]);
  if (map.size < pairs.length) {
    throw new UserError(
      `reading --rename: expected FILE.json or OLD=NEW,..., each OLD once, got ${excerpt(text)}`,
      2,
    );
  }
  return Object.fromEntries(map);
}

/** --rename as it means the same in whichever folder it is given. */
export function userRename(text: string): string {
  return isFile(text) ? userPath(text) : text;
}

function isFile(text: string): boolean {
  return /\.json$/i.test(text);
}

/** The map in a JSON file. */
async function mapIn(path: string): Promise<NameMap> {
  const text = new TextDecoder().decode(await readFile(path));
  const fail = (came: string) =>
    new UserError(`reading ${path}: expected a JSON object of names, got ${came}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail(excerpt((error as Error).message));
  }
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.entries(value).every(([old, name]) => old !== "" && typeof name === "string");
  if (!isMap) throw fail(excerpt(text));
  return value as NameMap;
}
