import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { areNumbers, type ClassOrder } from "./class_order.ts";

/**
 * Converts labels that are names of classes, or their numbers from 0 or from 1, to names. A note says how numbers are read.
 *
 * @param labels The label of each image in a file.
 * @param path The file, for messages.
 * @param onNote Called with where numbers count from.
 * @throws {UserError} when labels are numbers that may count from 0 or from 1, or are too large.
 */
export function classNames(
  labels: readonly string[],
  { names, source }: ClassOrder,
  path: string,
  onNote: (note: string) => void,
): readonly string[] {
  const known = new Set(names);
  if (!areNumbers(labels) || labels.every((label) => known.has(label))) return labels;
  const numbers = labels.map(Number);
  const least = numbers.reduce((a, b) => Math.min(a, b));
  const most = numbers.reduce((a, b) => Math.max(a, b));
  const count = names.length;
  if (most > count || (least === 0 && most === count)) {
    throw new UserError(
      `reading ${path}: expected the numbers 0 to ${
        count - 1
      } or 1 to ${count} of the classes of ${source}, ` +
        `got ${least} to ${excerpt(`${most}`)}`,
    );
  }
  if (least > 0 && most < count) {
    throw new UserError(
      `reading ${path}: expected names of classes, or numbers with the smallest 0 or the largest ${count}: ` +
        `got ${least} to ${most}, which may count from 0 or from 1`,
    );
  }
  const first = least === 0 ? 0 : 1;
  onNote(`${path}: labels are read as class numbers that count from ${first}`);
  return numbers.map((number) => names[number - first]!);
}
