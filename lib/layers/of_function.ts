import * as tf from "@tensorflow/tfjs";
import { valueAndGradients } from "../engine/primitives/value_and_gradients.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { callable, checkOptions } from "./checks/check_options.ts";
import { repeatRows, unitsFor } from "./junctions/broadcast.ts";
import type { Junction } from "./junctions/junction.ts";
import type { Description, Layer, Tensors } from "./layer.ts";

/** A function's output shape for one sample, and its parameters. */
export type FunctionDescription = Omit<Description, "masks">;

/** A function's inputs and output. */
export interface FunctionTrace {
  /** The inputs, each [N, ...inputShape]. */
  readonly inputs: readonly Tensor[];
  /** The output, [N, ...outputShape]. */
  readonly output: Tensor;
}

/**
 * Any function as a layer: automatic differentiation gives its reverse layer, and, applied to that again, its first-order
 * expansion. That costs more than a layer's own `reverse` and `linearize`; use it for functions that have no layer.
 *
 * Write the function with TensorFlow.js, using kernels that `tracedKernels()` lists. A sample's output must depend on that
 * sample only. Derivatives of all orders are exact; for maxima and clips almost everywhere. What the function ignores has the
 * gradient 0.
 *
 * @example The sigmoid linear unit, and one with a learned slope.
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { defineNetwork, dense, ofFunction, serial } from "deep-defense";
 *
 * const silu = ofFunction((x) => tf.mul(x, tf.sigmoid(x)));
 * const swish = ofFunction(
 *   (x, { slope }) => tf.mul(x, tf.sigmoid(tf.mul(x, slope!))),
 *   (inputShape) => ({
 *     outputShape: inputShape,
 *     parameters: { slope: { shape: [], initial: () => 1 } },
 *   }),
 * );
 * const network = defineNetwork({
 *   name: "smooth",
 *   inputShape: [8],
 *   layers: serial({ fc1: dense(16), silu, fc2: dense(16), swish, fc3: dense(3) }),
 * });
 * console.assert("swish.slope" in network.parameters);
 * ```
 *
 * @param fn The output for x, [N, ...inputShape], and the parameters. N is any number.
 * @param describe Describes the function for inputs of a shape; outputs of the input's shape and no parameters unless
 * given.
 * @throws {UserError} when either is not a function; in use, when the output has another shape, or TensorFlow.js cannot differentiate the function.
 */
export function ofFunction(
  fn: (x: Tensor, weights: Tensors) => Tensor,
  describe: (inputShape: readonly number[]) => FunctionDescription = (outputShape) => ({
    outputShape,
  }),
): Layer<FunctionTrace> {
  checkOptions("a function as a layer", [callable, { fn, describe }]);
  const junction = junctionOfFunction(
    ([x], weights) => fn(x!, weights),
    ([inputShape]) => describe(inputShape!),
  );
  return {
    describe: (inputShape) => junction.describe([inputShape]),
    forward: (weights, x) => junction.forward(weights, [x]),
    reverse: (weights, trace, gradient) => junction.reverse(weights, trace, gradient)[0]!,
    linearize: (weights, trace, v, unit) => junction.linearize(weights, trace, [v], unit),
  };
}

/**
 * Any function of several inputs as a junction; see {@link ofFunction}.
 *
 * @example The larger of two values.
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { dense, graph, junctionOfFunction } from "deep-defense";
 *
 * const maximum = junctionOfFunction(
 *   ([a, b]) => tf.maximum(a!, b!),
 *   ([shape]) => ({ outputShape: shape! }),
 * );
 * const maxout = graph({
 *   one: { layer: dense(4), from: "input" },
 *   other: { layer: dense(4), from: "input" },
 *   larger: { layer: maximum, from: ["one", "other"] },
 * }, "larger");
 * ```
 *
 * @param fn The output for the inputs, each [N, ...inputShape], and the parameters. N is any number.
 * @param describe Describes the function for inputs of some shapes.
 * @throws {UserError} when either is not a function; in use, when the output has another shape, or TensorFlow.js cannot differentiate the function.
 */
export function junctionOfFunction(
  fn: (inputs: readonly Tensor[], weights: Tensors) => Tensor,
  describe: (inputShapes: readonly (readonly number[])[]) => FunctionDescription,
): Junction<FunctionTrace> {
  checkOptions("a function as a junction", [callable, { fn, describe }]);
  /**
   * The transpose of the Jacobian at the inputs, applied to a gradient in the output. Inputs are copied: where one was computed
   * from another while a gradient is recorded, TensorFlow.js would count that as a part of the function.
   */
  const pulledBack = (weights: Tensors, inputs: readonly Tensor[], gradient: Tensor) =>
    valueAndGradients(
      (...inputs) => checkingSaved(() => fn(inputs, weights)),
      inputs.map((x) => tf.clone(x)),
      gradient,
    ).gradients;
  return {
    describe,
    forward(weights, inputs) {
      const output = fn(inputs, weights);
      const { outputShape } = describe(inputs.map(({ shape }) => shape.slice(1)));
      checkShape(output.shape, [inputs[0]!.shape[0]!, ...outputShape]);
      return { output, trace: { inputs, output } };
    },
    reverse(weights, { inputs }, gradient) {
      const rows = gradient.shape[0]! / inputs[0]!.shape[0]!;
      return pulledBack(weights, inputs.map((x) => repeatRows(x, rows)), gradient);
    },
    linearize(weights, { inputs, output }, vs, unit) {
      const moves = vs.map((v, i) => tf.sub(v, tf.mul(unitsFor(v, unit), inputs[i]!)));
      // <J^T g, u> is linear in g, and J u is its derivative.
      const pairing = (gradient: Tensor) => {
        const parts = pulledBack(weights, inputs, gradient).map((flow, i) =>
          tf.sum(tf.mul(flow, moves[i]!))
        );
        return parts.reduce((sum, part) => tf.add(sum, part));
      };
      const { gradients: [moved] } = valueAndGradients(pairing, [tf.zeros(output.shape)]);
      return tf.add(tf.mul(unitsFor(output, unit), output), moved!);
    },
  };
}

/**
 * Throws where an operation of TensorFlow.js defines a gradient that uses saved tensors (tf.logSoftmax, tf.fused): saved
 * outputs would count as constants, and the gradient's derivatives would be silently wrong.
 */
function checkingSaved(compute: () => Tensor): Tensor {
  const { state } = tf.engine();
  const before = state.activeTape.length;
  const output = compute();
  const saving = state.activeTape.slice(before).find(({ kernelName, saved = [] }) =>
    saved.length > 0 && !tf.getGradient(kernelName)
  );
  if (!saving) return output;
  throw new UserError(
    `differentiating a function as a layer: expected operations whose gradients can be differentiated again, got ${
      saving.kernelName.replace(/__op$/, "")
    }; write it with others: tf.softmax, tf.log, tf.matMul`,
  );
}

function checkShape(shape: readonly number[], expected: readonly number[]): void {
  if (String(shape) === String(expected)) return;
  throw new UserError(
    `computing a function as a layer: expected an output of shape [${expected}] as described, got [${shape}]`,
  );
}
