import * as tf from "@tensorflow/tfjs";
import { constant } from "../../engine/constant.ts";
import { maskRows } from "../../engine/primitives/pooling.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { checkOptions, positive } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { fixed } from "./fixed.ts";

/** The smallest standard deviation to divide by, so that flat images do not become noise. */
const leastDeviation = 40;

/** The trace of the pass; all of it moves with x. */
export interface ContrastTrace {
  /** The numbers minus their own mean, c, [N, D]. */
  readonly centred: Tensor;
  /** Their factor, s, [N, 1]. */
  readonly factor: Tensor;
  /** c divided by its length; 0 where the deviation is held at 40: the factor does not move there. [N, D]. */
  readonly direction: Tensor;
}

/**
 * Contrast normalisation as in CIFAR-10's preprocessing (Coates, Lee and Ng 2011): y = s c with c the sample minus its own
 * mean, s = contrast / max(n, 40) and n = |c| / sqrt(D - 1), its standard deviation. The Jacobian takes u to
 * s (u - mean(u) - e <e, u>) with e = c / |c|, and e = 0 where n is below 40; it is symmetric.
 *
 * @param contrast The standard deviation that samples are scaled to; a buffer.
 * @throws {UserError} when it is not a finite number above 0.
 */
export function normalizeContrast(contrast: number): Layer<ContrastTrace> {
  checkOptions("a contrast normalisation", [positive, { contrast }]);
  const parameter = { shape: [1], data: Float32Array.of(contrast) };
  return {
    describe: (inputShape) => ({
      outputShape: inputShape,
      parameters: { contrast: fixed(parameter) },
    }),

    forward({ contrast }, x) {
      const centred = withoutMean(rowsOf(x));
      const squares = tf.sum(tf.square(centred), 1, true);
      const free = centred.shape[1]! - 1;
      const least = free * leastDeviation ** 2;
      const held = tf.maximum(squares, least);
      const factor = tf.div(tf.mul(contrast!, Math.sqrt(free)), tf.sqrt(held));
      const moves = constant(() => tf.step(tf.sub(squares, least)));
      const direction = tf.mul(centred, tf.div(moves, tf.sqrt(held)));
      const output = tf.reshape(tf.mul(centred, factor), x.shape);
      return { output, trace: { centred, factor, direction } };
    },

    reverse: (_, trace, gradient) => tf.reshape(jacobian(trace, rowsOf(gradient)), gradient.shape),

    linearize(_, trace, v, unit) {
      // J x is 0 where the factor moves, and y where it does not: v = a x + u goes to a y + J v, or to J v.
      const along = tf.sum(tf.mul(trace.direction, trace.centred), 1, true);
      const own = tf.mul(tf.mul(trace.direction, along), tf.mul(trace.factor, unit));
      return tf.reshape(tf.add(jacobian(trace, rowsOf(v)), own), v.shape);
    },
  };
}

/** The Jacobian times K rows for every sample, [N K, D]. */
function jacobian({ factor, direction }: ContrastTrace, rows: Tensor): Tensor {
  const along = tf.sum(maskRows(rows, direction), 1, true);
  const spread = tf.mul(along, tf.ones([1, rows.shape[1]!]));
  const moved = tf.sub(withoutMean(rows), maskRows(spread, direction));
  return maskRows(moved, tf.mul(factor, tf.ones([1, rows.shape[1]!])));
}

function withoutMean(rows: Tensor): Tensor {
  return tf.sub(rows, tf.mean(rows, 1, true));
}

function rowsOf(x: Tensor): Tensor {
  return tf.reshape(x, [x.shape[0]!, -1]);
}
