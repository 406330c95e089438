import * as tf from "@tensorflow/tfjs";
import { isWhole } from "../engine/option_check.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, finite, type Kind } from "./checks/check_options.ts";
import { repeatRows } from "./junctions/broadcast.ts";
import type { Layer } from "./layer.ts";

/** The parameters of {@link localResponseNorm}; the defaults are AlexNet's. */
export interface LocalResponseNormOptions {
  /** How many neighbouring channels are summed, an odd number; 5 unless given. */
  readonly size?: number;
  /** The factor of the mean square; 1e-4 unless given. */
  readonly alpha?: number;
  /** The exponent; 0.75 unless given. */
  readonly beta?: number;
  /** The constant added to the scaled mean square; 1 unless given. */
  readonly k?: number;
}

/** Odd numbers from 1. */
const odd: Kind = {
  expected: "an odd number from 1",
  holds: (value) => isWhole(value, 1) && Number(value) % 2 === 1,
};

/** The input and its divisor; they move with x, and the gradient goes through them. */
export interface NormTrace {
  /** x, [N, C, H, W]. */
  readonly x: Tensor;
  /** s = k + alpha / size times the sum of squares over neighbouring channels, [N, C, H, W]. */
  readonly s: Tensor;
}

/**
 * Local response normalisation over channels (Krizhevsky et al. 2012): y = x s^-beta with s = k + alpha / size B x², where B
 * sums over neighbouring channels. Its Jacobian takes u to u s^-beta - 2 alpha beta / size x s^(-beta-1) B(x u).
 *
 * @throws {UserError} for an option outside its range; in use, when the input is not an image.
 */
export function localResponseNorm(
  { size = 5, alpha = 1e-4, beta = 0.75, k = 1 }: LocalResponseNormOptions = {},
): Layer<NormTrace> {
  checkOptions("a local response normalisation", [odd, { size }], [finite, { alpha, beta, k }]);
  const coupling = 2 * alpha * beta / size;
  /** u s^-beta - coupling outer B(inner u): the Jacobian, and with outer and inner exchanged its transpose. */
  const apply = (u: Tensor, s: Tensor, outer: Tensor, inner: Tensor) =>
    tf.sub(
      tf.mul(u, tf.pow(s, -beta)),
      tf.mul(tf.mul(outer, neighbours(tf.mul(inner, u), size)), coupling),
    );
  return {
    describe(inputShape) {
      if (inputShape.length !== 3) {
        throw new UserError(
          `building a local response normalisation: expected an image, got the shape [${inputShape}]`,
        );
      }
      return { outputShape: inputShape };
    },
    forward(_, x) {
      const s = tf.add(tf.mul(neighbours(tf.square(x), size), alpha / size), k);
      return { output: tf.mul(x, tf.pow(s, -beta)), trace: { x, s } };
    },
    reverse(_, { x, s }, gradient) {
      const rows = gradient.shape[0]! / x.shape[0]!;
      const [xs, ss] = [repeatRows(x, rows), repeatRows(s, rows)];
      return apply(gradient, ss, xs, tf.mul(xs, tf.pow(ss, -beta - 1)));
    },
    linearize(_, { x, s }, v, unit) {
      const units = tf.reshape(unit, [-1, 1, 1, 1]);
      const u = tf.sub(v, tf.mul(units, x));
      const moved = apply(u, s, tf.mul(x, tf.pow(s, -beta - 1)), x);
      return tf.add(tf.mul(units, tf.mul(x, tf.pow(s, -beta))), moved);
    },
  };
}

/** The sum over `size` neighbouring channels, fewer at the ends: a product with a band matrix. */
function neighbours(x: Tensor, size: number): Tensor {
  const [rows, channels, height, width] = x.shape as [number, number, number, number];
  const band = Float32Array.from(
    { length: channels * channels },
    (_, i) => Number(Math.abs(Math.floor(i / channels) - i % channels) <= (size - 1) / 2),
  );
  const last = tf.reshape(tf.transpose(x, [0, 2, 3, 1]), [-1, channels]);
  const sums = tf.matMul(last, tf.tensor2d(band, [channels, channels]));
  return tf.transpose(tf.reshape(sums, [rows, height, width, channels]), [0, 3, 1, 2]);
}
