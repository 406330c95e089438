import { UserError } from "../engine/user_error.ts";

/** A file of a run that cannot be believed. The run can be computed again. */
export class DamagedError extends UserError {}

/** The error for a file that is not what it should be. */
export function damaged(path: string, expected: string, came: string): DamagedError {
  return new DamagedError(`reading ${path}: expected ${expected}, got ${came}`);
}

/** What a file's contents are read as; a mistake in them is damage. */
export function believed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new DamagedError(error.message, 1, { cause: error });
  }
}
