import { allFinite } from "../../engine/finite.ts";
import { type NDArray, size } from "../../engine/nd_array.ts";
import { isSingleFrom, isWhole, optionCheck } from "../../engine/option_check.ts";

/** A kind of option. */
export interface Kind {
  /** For messages: "a whole number from 1". */
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
}

/**
 * Checks a layer's options.
 *
 * @param what The layer, for messages: "a convolution".
 * @param groups Kinds, each with the options that must be of it.
 * @throws {UserError} naming the first option that is not of its kind.
 */
export function checkOptions(
  what: string,
  ...groups: readonly (readonly [Kind, Readonly<Record<string, unknown>>])[]
): void {
  const check = optionCheck(`building ${what}`);
  for (const [{ expected, holds }, options] of groups) {
    for (const [name, value] of Object.entries(options)) {
      check(holds(value), `${name} ${expected}`, spelled(value));
    }
  }
}

/** Whole numbers of at least `least`. */
export function whole(least = -Infinity): Kind {
  return { expected: `a whole number${from(least)}`, holds: (value) => isWhole(value, least) };
}

/** Lists of whole numbers of at least `least`. */
export function list(least = -Infinity): Kind {
  return {
    expected: `a list of whole numbers${from(least)}`,
    holds: (value) => Array.isArray(value) && value.every((one) => isWhole(one, least)),
  };
}

/** One whole number from 1, or two: for height and width. */
export const forAxes = oneOrMore(1, 2);
/** One whole number from 0, or four: for the sides of an image. */
export const forSides = oneOrMore(0, 4);

/** Numbers, infinite ones too. */
export const number: Kind = {
  expected: "a number",
  holds: (value) => typeof value === "number" && !Number.isNaN(value),
};

/** Numbers that 32 bits hold. */
export const finite: Kind = {
  expected: "a finite number",
  holds: (value) => typeof value === "number" && Number.isFinite(Math.fround(value)),
};

/** Numbers above 0 that 32 bits hold. */
export const positive: Kind = {
  expected: "a finite number above 0",
  holds: (value) => finite.holds(value) && Number(value) > 0,
};

/** Numbers from 0 that 32 bits hold. */
export const notNegative: Kind = {
  expected: "a finite number from 0",
  holds: (value) => isSingleFrom(value, 0),
};

/** Arrays of finite numbers, as many as their shapes say. */
export const array: Kind = {
  expected: "a shape and a Float32Array of as many finite numbers",
  holds(value) {
    const { shape, data } = Object(value) as Partial<NDArray>;
    return list(0).holds(shape) && data instanceof Float32Array && data.length === size(shape!) &&
      allFinite(data);
  },
};

/** One of some words. */
export function oneOf(...words: readonly string[]): Kind {
  return { expected: words.join(" or "), holds: (value) => words.includes(value as string) };
}

/** Functions. */
export const callable: Kind = {
  expected: "a function",
  holds: (value) => typeof value === "function",
};

/** A value that came, for messages. */
export function spelled(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spelled)}]`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value ? "an object" : String(value);
}

function oneOrMore(least: number, count: number): Kind {
  return {
    expected: `a whole number from ${least}, or ${count} of them`,
    holds: (value) =>
      isWhole(value, least) ||
      (list(least).holds(value) && (value as readonly number[]).length === count),
  };
}

function from(least: number): string {
  return least === -Infinity ? "" : ` from ${least}`;
}
