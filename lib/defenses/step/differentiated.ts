import * as tf from "@tensorflow/tfjs";
import type { Signature } from "../../engine/executable.ts";
import { valueAndGradients } from "../../engine/primitives/value_and_gradients.ts";
import type { Tensors } from "../../layers/layer.ts";
import { prefixed } from "../../networks/network_function.ts";
import type { Network } from "../../networks/network.ts";

/** A scalar function's value and gradients. */
export interface Differentiated {
  readonly value: tf.Tensor;
  /** By parameter: `gradient:NAME`, added to `sum:NAME`. */
  readonly gradients: Record<string, tf.Tensor>;
  /** In x. */
  readonly inputGradient: tf.Tensor;
}

/** The inputs that gradients in some parameters, or other sums of their shapes, are added to. */
export function sumInputs({ parameters }: Network, names: readonly string[]): Signature {
  return prefixed("sum", Object.fromEntries(names.map((name) => [name, parameters[name]!])));
}

/**
 * Differentiates a scalar function in some parameters and in x.
 *
 * @param names The parameters.
 * @param inputs The inputs, {@link sumInputs} included.
 */
export function differentiated(
  names: readonly string[],
  weights: Tensors,
  x: tf.Tensor,
  inputs: Tensors,
  scalar: (weights: Tensors, x: tf.Tensor) => tf.Tensor,
): Differentiated {
  const { value, gradients: [inputGradient, ...own] } = valueAndGradients(
    (at, ...tensors) => {
      const varied = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
      return scalar({ ...weights, ...varied }, at!);
    },
    [x, ...names.map((name) => weights[name]!)],
  );
  const gradients = names.map((name, i) =>
    [`gradient:${name}`, tf.add(own[i]!, inputs[`sum:${name}`]!)] as const
  );
  return { value, gradients: Object.fromEntries(gradients), inputGradient: inputGradient! };
}
