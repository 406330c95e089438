import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { readLines } from "./text_lines.ts";

/** Labels are unsigned 16-bit numbers. */
const mostClasses = 2 ** 16;

/** Classes in the order of a model's outputs. */
export interface ClassOrder {
  /** The name of each class; its position is its label. */
  readonly names: readonly string[];
  /** Where they come from, for messages: "DIR/classes.txt", "the folders of DIR/train". */
  readonly source: string;
  /** Their order, for messages: "alphabetical order". */
  readonly order: string;
}

/**
 * Reads a list of classes: one name per line, in the order of a model's outputs.
 *
 * @throws {UserError} when it cannot be read, a line is empty or repeated, or there are more than 65,536.
 */
export async function listedClasses(path: string): Promise<ClassOrder> {
  const names = await readLines(path);
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (name === "" || seen.has(name)) {
      const expected = name === "" ? "a class's name in every line" : "each class once";
      throw new UserError(
        `reading ${path}: expected ${expected}, got "${excerpt(name)}" in line ${i + 1}`,
      );
    }
    seen.add(name);
  }
  checkCount(names, path);
  return { names, source: path, order: "the order of its lines" };
}

/** The note about an order that no list defines. */
const unlisted = "(a file classes.txt can define another)";

/**
 * Orders classes without a list: numbers by their values, other names alphabetically.
 *
 * @param names The classes, in any order, each once or more often.
 * @param source Where they come from, for messages.
 * @throws {UserError} when there are none, or more than 65,536.
 */
export function sortedClasses(names: Iterable<string>, source: string): ClassOrder {
  const sorted = [...new Set(names)].sort();
  checkCount(sorted, source);
  if (!areNumbers(sorted)) {
    return { names: sorted, source, order: `alphabetical order ${unlisted}` };
  }
  const numeric = sorted.toSorted((a, b) => Number(a) - Number(b));
  return { names: numeric, source, order: `the order of their numbers ${unlisted}` };
}

/** The labels of classes, for a user: "100 classes of DIR/val, in alphabetical order: cat is 0, dog is 1, emu is 2, ..." */
export function orderNote({ names, source, order }: ClassOrder): string {
  const first = names.slice(0, 3).map((name, i) => `${excerpt(name)} is ${i}`).join(", ");
  const more = names.length > 3 ? ", ..." : "";
  return `${names.length} classes of ${source}, in ${order}: ${first}${more}`;
}

/** Whether all names are whole numbers. */
export function areNumbers(names: readonly string[]): boolean {
  return names.every((name) => /^\d+$/.test(name));
}

function checkCount(names: readonly string[], source: string): void {
  if (names.length >= 1 && names.length <= mostClasses) return;
  throw new UserError(
    `reading ${source}: expected 1 to ${mostClasses} classes, got ${names.length}`,
  );
}
