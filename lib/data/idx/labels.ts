import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import type { Idx, IdxValues } from "./idx.ts";

/** Labels are unsigned 16-bit numbers in memory. */
const mostClasses = 2 ** 16;

/**
 * The labels of a training set, ascending: class k is the k-th of them, so that each class has images.
 *
 * @throws {UserError} when this is not a list of whole numbers >= 0, or there are fewer than 2 different ones or more than 65,536.
 */
export function classLabels({ path, shape, data }: Idx): readonly number[] {
  if (shape.length !== 1) {
    throw new UserError(
      `reading ${path}: expected labels [count], got shape ${shape.join(" x ")}`,
    );
  }
  const wrong = indexWhere(data, (label) => !(Number.isSafeInteger(label) && label >= 0));
  if (wrong >= 0) {
    throw new UserError(
      `reading ${path}: expected labels that are whole numbers >= 0, got ${
        data[wrong]
      } at index ${wrong}`,
    );
  }
  const labels = [...new Set<number>(data)].sort((a, b) => a - b);
  if (labels.length >= 2 && labels.length <= mostClasses) return labels;
  const came = labels.length > 1 ? `${labels.length}` : `only ${listOf(labels)}`;
  throw new UserError(
    `reading ${path}: expected labels of 2 to ${mostClasses} classes, got ${came}`,
  );
}

/**
 * The class of every label.
 *
 * @param labels The label of each class.
 * @throws {UserError} when a label is none of these.
 */
export function classesOf({ path, data }: Idx, labels: readonly number[]): Uint16Array {
  const classes = new Map(labels.map((label, i) => [label, i]));
  const wrong = indexWhere(data, (label) => !classes.has(label));
  if (wrong >= 0) {
    throw new UserError(
      `reading ${path}: expected labels ${listOf(labels)}, the classes of the training set, ` +
        `got ${data[wrong]} at index ${wrong}`,
    );
  }
  return Uint16Array.from(data, (label) => classes.get(label)!);
}

/** How labels map to classes, for a message; undefined where they are the numbers of their classes. */
export function renumbering(labels: readonly number[]): string | undefined {
  if (labels.every((label, i) => label === i)) return undefined;
  return `labels ${listOf(labels)} are classes 0 to ${labels.length - 1}`;
}

function indexWhere(values: IdxValues, test: (value: number) => boolean): number {
  for (let i = 0; i < values.length; i++) if (test(values[i]!)) return i;
  return -1;
}

/** Ascending numbers: "1 to 26", or "0, 2, 5". */
function listOf(numbers: readonly number[]): string {
  const [first, last] = [numbers[0], numbers.at(-1)!];
  const successive = first !== undefined && last - first === numbers.length - 1;
  return successive && numbers.length > 2 ? `${first} to ${last}` : excerpt(numbers.join(", "));
}
