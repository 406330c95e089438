import { UserError } from "../../engine/user_error.ts";

/**
 * The one shape that all inputs of a junction have: at least two, and shapes are not broadcast.
 *
 * @param what The junction, for the message: "a sum".
 * @param most How many inputs it takes at most.
 * @throws {UserError} when the shapes differ, or there are too few or too many.
 */
export function oneShape(
  inputShapes: readonly (readonly number[])[],
  what: string,
  most = Infinity,
): readonly number[] {
  const [shape = [], ...others] = inputShapes;
  const fits = others.length >= 1 && others.length < most;
  if (!fits || others.some((other) => String(other) !== String(shape))) {
    const wanted = most === 2 ? "two inputs" : "two or more inputs";
    throw new UserError(
      `building ${what}: expected ${wanted} of one shape, got ${listed(inputShapes)}`,
    );
  }
  return shape;
}

/** Shapes, for a message. */
export function listed(shapes: readonly (readonly number[])[]): string {
  return shapes.map((shape) => `[${shape}]`).join(", ") || "none";
}
