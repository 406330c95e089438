import { escaped } from "./excerpt.ts";

/**
 * A user's mistake: a flag, a file, a shape. The command line prints its message as one line,
 * without a stack trace.
 */
export class UserError extends Error {
  /** The error's name. A copy that another thread or rank sends has neither it nor the exit code: routines throw no such error. */
  override name = "UserError";

  /**
   * Makes the error.
   *
   * @param message What was being done, what was expected and what came; control characters in it are escaped.
   * @param exitCode The process's exit code: 2 for usage, 1 for anything else.
   */
  constructor(message: string, readonly exitCode: 1 | 2 = 1, options?: ErrorOptions) {
    super(escaped(message), options);
  }
}
