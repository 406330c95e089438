import { readFile } from "../../engine/read_file.ts";

/**
 * A text file's lines, trimmed, up to the last one that is not empty.
 *
 * @throws {UserError} when it cannot be read.
 */
export async function readLines(path: string): Promise<string[]> {
  const bytes = await readFile(path, "a text file");
  return new TextDecoder().decode(bytes).trimEnd().split("\n").map((line) => line.trim());
}
