import { excerpt } from "../../../engine/excerpt.ts";
import { UserError } from "../../../engine/user_error.ts";
import { one } from "../../shared/flag_values.ts";
import { methodFlags } from "../method_flags.ts";

/** A point of a grid. */
export interface Point {
  /** `lambda=5,c=15`: the name of its folder too. */
  readonly name: string;
  /** The flags' values there. */
  readonly values: Readonly<Record<string, string>>;
}

/** The flags whose values a grid can vary. */
export const gridFlags: readonly string[] = [
  ...methodFlags,
  "method",
  "epochs",
  "learning-rate",
  "batch",
  "seed",
];

/**
 * The points of a grid, `lambda=5,15,25 c=15,25`: all combinations, the last flag's values changing first.
 *
 * @throws {UserError} (exit code 2) for another form, a flag that cannot vary, or a flag or value that comes twice.
 */
export function pointsOf(text: string): Point[] {
  const axes = text.split(/\s+/).filter(Boolean).map(axisOf);
  const names = axes.map(([name]) => name);
  if (axes.length === 0 || new Set(names).size < names.length) {
    throw usage("flags, each once, such as lambda=5,15,25 c=15,25", text);
  }
  const all = axes.reduce<Record<string, string>[]>(
    (points, [name, values]) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  );
  return all.map((values) => ({ name: nameOf(values), values }));
}

function axisOf(text: string): [name: string, values: string[]] {
  const [, name, list] = /^([\w-]+)=([^=]+)$/.exec(text) ?? [];
  const values = list?.split(",") ?? [];
  if (!name || values.includes("") || new Set(values).size < values.length) {
    throw usage("flags with values that differ, such as lambda=5,15,25", text);
  }
  return [one("grid", name, gridFlags), values];
}

function nameOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values).map((pair) => pair.join("=").replaceAll("/", "_")).join(",");
}

function usage(expected: string, came: string): UserError {
  return new UserError(`reading --grid: expected ${expected}, got ${excerpt(came || "none")}`, 2);
}
