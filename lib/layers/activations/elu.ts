import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import { checkOptions, finite } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { activation, type SmoothPiece } from "./activation.ts";
import { between } from "./piecewise_linear.ts";

/** The shape of {@link elu}. */
export interface EluOptions {
  /** The limit below 0 is minus this; 1 unless given. */
  readonly alpha?: number;
  /** The factor of the output; 1 unless given. */
  readonly scale?: number;
}

/**
 * The exponential linear unit (Clevert et al. 2016): x where it is positive, elsewhere alpha (exp(x) - 1).
 *
 * @throws {UserError} when a number is not finite.
 */
export function elu({ alpha = 1, scale = 1 }: EluOptions = {}): Layer<SmoothPiece> {
  checkOptions("an exponential linear unit", [finite, { alpha, scale }]);
  const below = (x: Tensor) => tf.mul(tf.exp(tf.minimum(x, 0)), alpha);
  return activation(
    (x) => tf.mul(tf.add(tf.relu(x), tf.sub(below(x), alpha)), scale),
    (_, x) => {
      const positive = between(x, 0, Infinity);
      return tf.mul(tf.add(positive, tf.mul(tf.sub(1, positive), below(x))), scale);
    },
  );
}

/** The self-normalising exponential linear unit (Klambauer et al. 2017). */
export function selu(): Layer<SmoothPiece> {
  return elu({ alpha: 1.6732632423543772, scale: 1.0507009873554805 });
}
