import { fileBytes } from "../../engine/file_bytes.ts";
import { UserError } from "../../engine/user_error.ts";

/**
 * A text file's lines without spaces around them, up to the last that is not empty.
 *
 * @throws {UserError} if it cannot be read.
 */
export async function readLines(path: string): Promise<string[]> {
  const bytes = await fileBytes(path).catch((error) => {
    throw new UserError(`Reading ${path}: expected a text file: ${error.message}`, 1, {
      cause: error,
    });
  });
  return new TextDecoder().decode(bytes).trimEnd().split("\n").map((line) => line.trim());
}
