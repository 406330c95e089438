import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../engine/tensor.ts";
import type { Layer, Tensors } from "./layer.ts";

/** The input of a batch normalisation, from which statistics are measured. */
export interface BatchNormTrace {
  /** [N, ...inputShape]. */
  readonly x: Tensor;
}

/**
 * Batch normalisation with frozen statistics (Ioffe and Szegedy 2015, as in evaluation): per channel, the first axis of a
 * sample, y = weight (x - running_mean) / sqrt(running_var + epsilon) + bias. Parameters and buffers have PyTorch's names.
 *
 * The statistics are frozen in training too, as in the paper's fine-tuning: a batch's own statistics are never used
 * and there are no running averages, since a batch is split over threads and chunks. The layer is affine; weight
 * and bias are learned. To train a network from scratch, set the statistics first with `calibrate`, which measures
 * them on training images: a data-dependent initialisation, and not what batch normalisation does in training.
 *
 * @param epsilon Keeps the square root away from 0; 1e-5 unless given.
 */
export function batchNorm(
  { epsilon = 1e-5 }: { readonly epsilon?: number } = {},
): Layer<BatchNormTrace> {
  const scaleOf = ({ weight, running_var }: Tensors) =>
    tf.mul(weight!, tf.rsqrt(tf.add(running_var!, epsilon)));
  const shiftOf = (weights: Tensors) =>
    tf.sub(weights.bias!, tf.mul(weights.running_mean!, scaleOf(weights)));
  return {
    describe(inputShape) {
      const shape = [inputShape[0] ?? 1];
      const [zeros, ones] = [{ shape, initial: () => 0 }, { shape, initial: () => 1 }];
      return {
        outputShape: inputShape,
        parameters: {
          weight: ones,
          bias: zeros,
          running_mean: { ...zeros, buffer: true },
          running_var: { ...ones, buffer: true },
        },
      };
    },

    forward(weights, x) {
      const scaled = tf.mul(x, perChannel(scaleOf(weights), x));
      return { output: tf.add(scaled, perChannel(shiftOf(weights), x)), trace: { x } };
    },

    reverse: (weights, _, gradient) => tf.mul(gradient, perChannel(scaleOf(weights), gradient)),

    linearize(weights, _, v, unit) {
      const shifts = tf.matMul(unit, tf.reshape(shiftOf(weights), [1, -1]));
      const spread = tf.reshape(shifts, [...v.shape.slice(0, 2), ...v.shape.slice(2).map(() => 1)]);
      return tf.add(tf.mul(v, perChannel(scaleOf(weights), v)), spread);
    },

    statistics({ running_mean }, { x }) {
      const positions = x.shape.slice(2).map((_, axis) => axis + 2);
      const centred = tf.sub(x, perChannel(running_mean!, x));
      return {
        running_mean: tf.mean(x, positions),
        running_var: tf.mean(tf.square(centred), positions),
      };
    },
  };
}

/** A vector with one number per channel, to be broadcast with x. */
function perChannel(vector: Tensor, x: Tensor): Tensor {
  return tf.reshape(vector, [1, -1, ...x.shape.slice(2).map(() => 1)]);
}
