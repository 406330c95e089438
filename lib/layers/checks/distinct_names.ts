import { UserError } from "../../engine/user_error.ts";

/**
 * Checks that no two parameters or masks have the same name.
 *
 * @throws {UserError} naming the first repeated one.
 */
export function distinctNames(names: readonly string[]): void {
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined) {
    throw new UserError(
      `building a graph: expected parameters and masks of different names, got two called ${repeated}`,
    );
  }
}
