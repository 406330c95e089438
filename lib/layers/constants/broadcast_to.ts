import { UserError } from "../../engine/user_error.ts";

/**
 * Checks that a constant can be repeated to the shape of a sample: axes count from the last one, and along each the
 * extent is the sample's, or 1, or missing. A constant may have an axis of 1 for the batch.
 *
 * @param what The layer, for the message: "a sum".
 * @returns The sample's shape.
 * @throws {UserError} when it cannot.
 */
export function broadcastTo(
  inputShape: readonly number[],
  shape: readonly number[],
  what: string,
): readonly number[] {
  const whole = [1, ...inputShape];
  const fits = shape.length <= whole.length && shape.every((extent, i) => {
    const axis = i - shape.length + whole.length;
    return extent === 1 || extent === whole[axis];
  });
  if (fits) return inputShape;
  throw new UserError(
    `building ${what} with a constant: expected extents equal to those of the shape [${inputShape}] or 1, got [${shape}]`,
  );
}
