import * as tf from "@tensorflow/tfjs";
import { flatten } from "../../lib/layers/flatten.ts";
import { ofFunction } from "../../lib/layers/of_function.ts";
import { serial } from "../../lib/layers/serial.ts";
import { defineNetwork, type Network } from "../../lib/networks/network.ts";

/** The paper's MLP with functions in place of layers: the same parameters, names and results, by automatic differentiation alone. */
export function mlpOfFunctions(inputShape: readonly number[], classes: number): Network {
  const dense = (outputs: number) =>
    ofFunction(
      (x, { weight, bias }) => tf.add(tf.matMul(x, weight!, false, true), bias!),
      ([inputs = 1]) => ({
        outputShape: [outputs],
        parameters: {
          weight: { shape: [outputs, inputs], initial: (normal) => 0.01 * normal() },
          bias: { shape: [outputs], initial: () => 0 },
        },
      }),
    );
  const relu = ofFunction((x) => tf.relu(x));
  const layers = serial({
    flatten: flatten(),
    fc1: dense(500),
    relu1: relu,
    fc2: dense(150),
    relu2: relu,
    fc3: dense(classes),
  });
  return defineNetwork({ name: "mlp_of_functions", inputShape, layers });
}
