import * as tf from "@tensorflow/tfjs";
import { UserError } from "../engine/user_error.ts";
import type { Layer, Parameter } from "./layer.ts";

/** How a layer with weights begins. */
export interface InitialOptions {
  /** Standard deviation of the normal distribution that weights are drawn from; 0.01 unless given. Biases begin at 0. */
  readonly deviation?: number;
}

/** What a fully connected layer is made of. */
export interface DenseOptions extends InitialOptions {
  /** Whether an offset is added to every output; true unless given. */
  readonly bias?: boolean;
  /** Whether the weight is kept as [inputs, outputs]; false unless given. */
  readonly transposed?: boolean;
}

/**
 * A fully connected layer, y = W x + b, with W [outputs, inputs] as PyTorch has it.
 *
 * @param outputs Length of the output.
 */
export function dense(
  outputs: number,
  { deviation = 0.01, bias: offset = true, transposed = false }: DenseOptions = {},
): Layer<null> {
  return {
    describe(inputShape) {
      const [inputs] = inputShape;
      if (inputShape.length !== 1 || !inputs) {
        throw new UserError(
          `building a dense layer: expected a vector as input, got the shape [${inputShape}]; flatten first`,
        );
      }
      const weight = {
        shape: transposed ? [inputs, outputs] : [outputs, inputs],
        initial: (normal: () => number) => deviation * normal(),
      };
      const bias = { shape: [outputs], initial: () => 0 };
      const parameters: Record<string, Parameter> = offset ? { weight, bias } : { weight };
      return { outputShape: [outputs], parameters };
    },

    forward({ weight, bias }, x) {
      const product = tf.matMul(x, weight!, false, !transposed);
      return { output: bias ? tf.add(product, bias) : product, trace: null };
    },

    reverse({ weight }, _, gradient) {
      return tf.matMul(gradient, weight!, false, transposed);
    },

    linearize({ weight, bias }, _, v, unit) {
      const product = tf.matMul(v, weight!, false, !transposed);
      return bias ? tf.add(product, tf.matMul(unit, tf.reshape(bias, [1, -1]))) : product;
    },
  };
}
