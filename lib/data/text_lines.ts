import { UserError } from "../engine/user_error.ts";

/**
 * A text file's lines without spaces around them, up to the last that is not empty.
 *
 * @throws {UserError} if it cannot be read.
 */
export async function readLines(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path).catch((error) => {
    throw new UserError(`Reading ${path}: expected a text file: ${error.message}`, 1, {
      cause: error,
    });
  });
  return text.trimEnd().split("\n").map((line) => line.trim());
}
