import * as tf from "@tensorflow/tfjs";
import { checkOptions, finite, positive } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { between, type LinearPiece, piecewiseLinear } from "./piecewise_linear.ts";

/** The line that {@link hardSigmoid} clips. */
export interface HardSigmoidOptions {
  /** Its slope, positive; 1/6, as in PyTorch, unless given. */
  readonly alpha?: number;
  /** Its value at 0; 0.5 unless given. */
  readonly beta?: number;
}

/**
 * The hard sigmoid, alpha x + beta between 0 and 1.
 *
 * @throws {UserError} for an option outside its range.
 */
export function hardSigmoid(
  { alpha = 1 / 6, beta = 0.5 }: HardSigmoidOptions = {},
): Layer<LinearPiece> {
  checkOptions("a hard sigmoid", [positive, { alpha }], [finite, { beta }]);
  const line = (x: tf.Tensor) => tf.add(tf.mul(x, alpha), beta);
  return piecewiseLinear(
    (x) => tf.clipByValue(line(x), 0, 1),
    (x) => tf.mul(between(line(x), 0, 1), alpha),
  );
}
