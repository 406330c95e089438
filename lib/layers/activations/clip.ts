import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../engine/user_error.ts";
import { checkOptions, number } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { between, type LinearPiece, piecewiseLinear } from "./piecewise_linear.ts";

/** The bounds of {@link clip}. */
export interface ClipOptions {
  /** No bound unless given. */
  readonly low?: number;
  /** No bound unless given. */
  readonly high?: number;
}

/**
 * Keeps numbers between two bounds: ReLU6 between 0 and 6. Its reverse layer passes gradients on where x lies strictly between them.
 *
 * @throws {UserError} when the bounds are not numbers in order.
 */
export function clip({ low = -Infinity, high = Infinity }: ClipOptions): Layer<LinearPiece> {
  checkOptions("a clip layer", [number, { low, high }]);
  if (!(low <= high)) {
    throw new UserError(`building a clip layer: expected low <= high, got ${low} and ${high}`);
  }
  return piecewiseLinear((x) => tf.clipByValue(x, low, high), (x) => between(x, low, high));
}
