import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../engine/user_error.ts";
import { checkOptions, notNegative, whole } from "../checks/check_options.ts";
import type { Layer } from "../layer.ts";
import { type FunctionTrace, ofFunction } from "../of_function.ts";

/** The options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** How many axes, from the last, are normalised together; 1 unless given. */
  readonly axes?: number;
  /** Keeps the square root away from 0; 1e-5 unless given. */
  readonly epsilon?: number;
}

/**
 * Layer normalisation (Ba et al. 2016): along the last axes, y = weight (x - mean) / sqrt(variance + epsilon) + bias, with a sample's
 * own mean and variance. Weight and bias have these axes' shape, as in PyTorch.
 *
 * @throws {UserError} for an option outside its range; in use, when the input has fewer axes.
 */
export function layerNorm({ axes = 1, epsilon = 1e-5 }: LayerNormOptions = {}): Layer<
  FunctionTrace
> {
  checkOptions("a layer normalisation", [whole(1), { axes }], [notNegative, { epsilon }]);
  const last = Array.from({ length: axes }, (_, i) => i - axes);
  return ofFunction(
    (x, { weight, bias }) => {
      const centred = tf.sub(x, tf.mean(x, last, true));
      const variance = tf.mean(tf.square(centred), last, true);
      const normalized = tf.div(centred, tf.sqrt(tf.add(variance, epsilon)));
      return tf.add(tf.mul(normalized, weight!), bias!);
    },
    (inputShape) => {
      if (axes > inputShape.length) {
        throw new UserError(
          `building a layer normalisation: expected 1 to ${inputShape.length} axes of the shape [${inputShape}], got ${axes}`,
        );
      }
      const shape = inputShape.slice(-axes);
      return {
        outputShape: inputShape,
        parameters: { weight: { shape, initial: () => 1 }, bias: { shape, initial: () => 0 } },
      };
    },
  );
}
