import { UserError } from "../engine/user_error.ts";

/** A damaged file of a run. The run can be computed again. */
export class DamagedError extends UserError {}

/** The error for a file with unexpected contents. */
export function damaged(path: string, expected: string, came: string): DamagedError {
  return new DamagedError(`reading ${path}: expected ${expected}, got ${came}`);
}

/** Reads a file's contents; a mistake in them counts as damage. */
export function believed<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new DamagedError(error.message, 1, { cause: error });
  }
}
