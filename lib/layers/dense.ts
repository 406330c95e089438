import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, notNegative, whole } from "./checks/check_options.ts";
import type { Layer, Parameter } from "./layer.ts";

/** The initial weights of a layer. */
export interface InitialOptions {
  /** Standard deviation of the normal distribution that weights are drawn from; 0.01 unless given. Biases begin at 0. */
  readonly deviation?: number;
}

/** The options of {@link dense}. */
export interface DenseOptions extends InitialOptions {
  /** Whether an offset is added to every output; true unless given. */
  readonly bias?: boolean;
  /** Whether the weight is kept as [inputs, outputs]; false unless given. */
  readonly transposed?: boolean;
  /** Whether inputs have several axes; the layer works along the last one; false unless given: then inputs are vectors. */
  readonly alongLast?: boolean;
}

/**
 * A fully connected layer, y = W x + b, with W [outputs, inputs] as in PyTorch.
 *
 * @param outputs Length of the output.
 * @throws {UserError} for an option outside its range; in use, when the input is not a vector, or has several axes without `alongLast`.
 */
export function dense(
  outputs: number,
  { deviation = 0.01, bias: offset = true, transposed = false, alongLast = false }: DenseOptions =
    {},
): Layer<null> {
  checkOptions("a dense layer", [whole(1), { outputs }], [notNegative, { deviation }]);
  const product = (x: Tensor, weight: Tensor, transpose: boolean) => {
    if (x.shape.length === 2) return tf.matMul(x, weight, false, transpose);
    const rows = tf.matMul(tf.reshape(x, [-1, x.shape.at(-1)!]), weight, false, transpose);
    return tf.reshape(rows, [...x.shape.slice(0, -1), rows.shape[1]!]);
  };
  return {
    describe(inputShape) {
      const inputs = inputShape.at(-1);
      if ((inputShape.length !== 1 && !alongLast) || !inputs) {
        throw new UserError(
          `building a dense layer: expected a vector as input, got the shape [${inputShape}]; flatten first`,
        );
      }
      const weight: Parameter = {
        shape: transposed ? [inputs, outputs] : [outputs, inputs],
        initial: (normal) => deviation * normal(),
        outputUnits: { axis: transposed ? 1 : 0, window: 1 },
      };
      const bias = { shape: [outputs], initial: () => 0 };
      const parameters: Record<string, Parameter> = offset ? { weight, bias } : { weight };
      return { outputShape: inputShape.with(-1, outputs), parameters };
    },

    forward({ weight, bias }, x) {
      const output = product(x, weight!, !transposed);
      return { output: bias ? tf.add(output, bias) : output, trace: null };
    },

    reverse: ({ weight }, _, gradient) => product(gradient, weight!, transposed),

    linearize({ weight, bias }, _, v, unit) {
      const output = product(v, weight!, !transposed);
      if (!bias) return output;
      const shifts = tf.matMul(unit, tf.reshape(bias, [1, -1]));
      return tf.add(output, tf.reshape(shifts, [-1, ...v.shape.slice(2).map(() => 1), outputs]));
    },
  };
}
