import * as tf from "@tensorflow/tfjs";
import { UserError } from "../engine/user_error.ts";
import type { Tensor } from "../engine/tensor.ts";
import { checkOptions, notNegative, oneOf } from "./checks/check_options.ts";
import type { Layer, Tensors } from "./layer.ts";

/** What statistics a batch normalisation uses in training: the `running` ones, frozen, or those of the `batch`. */
export type Statistics = "running" | "batch";

/** The options of {@link batchNorm}. */
export interface BatchNormOptions {
  /** Keeps the square root away from 0; 1e-5 unless given. */
  readonly epsilon?: number;
  /** The statistics in training; `running` unless given. */
  readonly statistics?: Statistics | undefined;
}

/** The input of a batch normalisation, from which statistics are measured. */
export interface BatchNormTrace {
  /** [N, ...inputShape]. */
  readonly x: Tensor;
  /** The mean that variances are measured from, [C]. */
  readonly mean: Tensor;
}

/**
 * Batch normalisation (Ioffe and Szegedy 2015): per channel, the first axis of a sample,
 * y = weight (x - mean) / sqrt(var + epsilon) + bias. Parameters and buffers have PyTorch's names.
 *
 * With `running` statistics, mean and var are running_mean and running_var, in training too, as in the paper's fine-tuning:
 * the layer is affine; weight and bias are learned. Set the statistics of a network that begins with random weights with
 * `calibrate`.
 *
 * `batch` statistics are for training from scratch: mean and var are those of a group of 50 samples of the batch, or of 8 where
 * images are large, whatever the number of threads. The running ones follow them, and are used in evaluation and attacks. The
 * reverse network and the expansion are defined with the running ones only. So defenses refuse such a network: fine-tune one with
 * `running` statistics and the same weights.
 *
 * @throws {UserError} for an option outside its range; in training with `batch` statistics, when a defense needs the reverse network.
 */
export function batchNorm(
  { epsilon = 1e-5, statistics = "running" }: BatchNormOptions = {},
): Layer<BatchNormTrace> {
  checkOptions("a batch normalisation", [notNegative, { epsilon }], [oneOf("running", "batch"), {
    statistics,
  }]);
  const affine = ({ weight, bias }: Tensors, { mean, variance }: Moments) => {
    const scale = tf.mul(weight!, tf.rsqrt(tf.add(variance, epsilon)));
    return { scale, shift: tf.sub(bias!, tf.mul(mean, scale)) };
  };
  const frozen = (weights: Tensors) => {
    if (weights.rows) throw notFrozen();
    return affine(weights, runningMoments(weights));
  };
  return {
    describe(inputShape) {
      const shape = [inputShape[0] ?? 1];
      const measured = statistics === "batch";
      const [zeros, ones] = [{ shape, initial: () => 0 }, { shape, initial: () => 1 }];
      return {
        outputShape: inputShape,
        parameters: {
          weight: ones,
          bias: zeros,
          running_mean: { ...zeros, buffer: true, measured },
          running_var: { ...ones, buffer: true, measured },
        },
        // A mask that drops nothing: 1 for a sample, 0 for a row that fills up the last group.
        ...(measured ? { masks: { rows: { shape: [], rate: 0 } } } : {}),
      };
    },

    forward(weights, x) {
      const { rows } = weights;
      const moments = rows ? batchMoments(x, rows) : runningMoments(weights);
      const { scale, shift } = affine(weights, moments);
      const scaled = tf.mul(x, perChannel(scale, x));
      return { output: tf.add(scaled, perChannel(shift, x)), trace: { x, mean: moments.mean } };
    },

    reverse: (weights, _, gradient) =>
      tf.mul(gradient, perChannel(frozen(weights).scale, gradient)),

    linearize(weights, _, v, unit) {
      const { scale, shift } = frozen(weights);
      const shifts = tf.matMul(unit, tf.reshape(shift, [1, -1]));
      const spread = tf.reshape(shifts, [...v.shape.slice(0, 2), ...v.shape.slice(2).map(() => 1)]);
      return tf.add(tf.mul(v, perChannel(scale, v)), spread);
    },

    statistics: (_, { x, mean }) => ({
      running_mean: meanOfPositions(x),
      running_var: squaresAround(mean, x),
    }),
  };
}

/** Means and variances, [C]. */
interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

function runningMoments({ running_mean, running_var }: Tensors): Moments {
  return { mean: running_mean!, variance: running_var! };
}

/** The moments over the samples for which `rows`, [N], is 1, and all positions. */
function batchMoments(x: Tensor, rows: Tensor): Moments {
  const shares = tf.reshape(tf.div(rows, tf.sum(rows)), [1, -1]);
  const over = (perSample: Tensor) => tf.reshape(tf.matMul(shares, perSample), [-1]);
  const mean = over(meanOfPositions(x));
  return { mean, variance: over(squaresAround(mean, x)) };
}

/** Every sample's mean, [N, C]. */
function meanOfPositions(x: Tensor): Tensor {
  return tf.mean(x, positionsOf(x));
}

/** Every sample's mean square of the differences from a mean, [N, C]. */
function squaresAround(mean: Tensor, x: Tensor): Tensor {
  return tf.mean(tf.square(tf.sub(x, perChannel(mean, x))), positionsOf(x));
}

function positionsOf({ shape }: Tensor): number[] {
  return shape.slice(2).map((_, axis) => axis + 2);
}

/** A vector with one number per channel, to be broadcast with x. */
function perChannel(vector: Tensor, x: Tensor): Tensor {
  return tf.reshape(vector, [1, -1, ...x.shape.slice(2).map(() => 1)]);
}

function notFrozen(): UserError {
  return new UserError(
    'reversing a batch normalisation: expected running statistics, got those of a batch; build the network for a defense without statistics: "batch"',
  );
}
