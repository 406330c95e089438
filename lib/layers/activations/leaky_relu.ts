import * as tf from "@tensorflow/tfjs";
import { checkOptions, finite } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { type LinearPiece, piecewiseLinear } from "./piecewise_linear.ts";

/**
 * The leaky rectifier: x where it is positive, elsewhere slope x.
 *
 * @param slope The slope left of 0, a fixed number (`prelu` learns it); 0.01 unless given.
 * @throws {UserError} when the slope is not a finite number.
 */
export function leakyRelu(slope = 0.01): Layer<LinearPiece> {
  checkOptions("a leaky rectifier", [finite, { slope }]);
  const slopeAt = (x: tf.Tensor) => tf.add(tf.mul(tf.step(x), 1 - slope), slope);
  return piecewiseLinear((x) => tf.mul(x, slopeAt(x)), slopeAt);
}
