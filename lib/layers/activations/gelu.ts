import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../../engine/tensor.ts";
import type { Layer } from "../layer.ts";
import { activation, type SmoothPiece } from "./activation.ts";

/** The options of {@link gelu}. */
export interface GeluOptions {
  /** Whether to use the approximation by the hyperbolic tangent; false unless given. */
  readonly approximate?: boolean;
}

/**
 * The Gaussian error linear unit (Hendrycks and Gimpel 2016): x P(x), where P(x) is the share of a standard normal distribution that
 * is below x. Its slope is P(x) + x p(x) with the density p.
 */
export function gelu({ approximate = false }: GeluOptions = {}): Layer<SmoothPiece> {
  return approximate ? byTanh() : activation(
    (x) => tf.mul(x, below(x)),
    (_, x) => {
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.add(below(x), tf.mul(x, density));
    },
  );
}

/** The share of a standard normal distribution. */
function below(x: Tensor): Tensor {
  return tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** x (1 + tanh(z)) / 2 with z = sqrt(2 / pi) (x + 0.044715 x^3). */
function byTanh(): Layer<SmoothPiece> {
  const [factor, cubic] = [Math.sqrt(2 / Math.PI), 0.044715];
  const curve = (x: Tensor) =>
    tf.tanh(tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), cubic), 1)), factor));
  return activation(
    (x) => tf.mul(tf.mul(x, tf.add(curve(x), 1)), 0.5),
    (_, x) => {
      const t = curve(x);
      const slope = tf.mul(tf.add(tf.mul(tf.square(x), 3 * cubic), 1), factor);
      const moved = tf.mul(tf.mul(x, slope), tf.sub(1, tf.square(t)));
      return tf.mul(tf.add(tf.add(t, 1), moved), 0.5);
    },
  );
}
