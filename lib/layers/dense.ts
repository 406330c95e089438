import * as tf from "@tensorflow/tfjs";
import { UserError } from "../engine/user_error.ts";
import type { Layer } from "./layer.ts";

/** How a layer with weights begins. */
export interface InitialOptions {
  /** Standard deviation of the normal distribution that weights are drawn from; 0.01 unless given. Biases begin at 0. */
  readonly deviation?: number;
}

/**
 * A fully connected layer, y = W x + b, with W [outputs, inputs] as PyTorch has it.
 *
 * @param outputs Length of the output.
 */
export function dense(outputs: number, { deviation = 0.01 }: InitialOptions = {}): Layer<null> {
  return {
    describe(inputShape) {
      const [inputs] = inputShape;
      if (inputShape.length !== 1 || !inputs) {
        throw new UserError(
          `building a dense layer: expected a vector as input, got the shape [${inputShape}]; flatten first`,
        );
      }
      return {
        outputShape: [outputs],
        parameters: {
          weight: { shape: [outputs, inputs], initial: (normal) => deviation * normal() },
          bias: { shape: [outputs], initial: () => 0 },
        },
      };
    },

    forward({ weight, bias }, x) {
      return { output: tf.add(tf.matMul(x, weight!, false, true), bias!), trace: null };
    },

    reverse({ weight }, _, gradient) {
      return tf.matMul(gradient, weight!);
    },

    linearize({ weight, bias }, _, v, unit) {
      return tf.add(
        tf.matMul(v, weight!, false, true),
        tf.matMul(unit, tf.reshape(bias!, [1, -1])),
      );
    },
  };
}
