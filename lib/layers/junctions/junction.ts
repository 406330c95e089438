import type { Tensor } from "../../engine/tensor.ts";
import type { Description, Layer, Pass, Tensors } from "../layer.ts";

/**
 * A layer with several inputs, as functions without state: a point where branches of a graph meet. Each function is
 * as in {@link Layer}, with a list in the inputs' order wherever a layer has one input.
 */
export interface Junction<Trace = unknown> {
  /**
   * Describes the junction for its inputs.
   *
   * @param inputShapes The shapes of one sample's inputs.
   * @throws {UserError} when the inputs do not fit together.
   */
  describe(inputShapes: readonly (readonly number[])[]): Description;

  /** The output for the inputs, each [N, ...inputShape]. */
  forward(weights: Tensors, inputs: readonly Tensor[]): Pass<Trace>;

  /**
   * The reverse junction: takes gradients in the output to gradients in every input.
   *
   * @param gradient [N K, ...outputShape], the rows of a sample next to one another.
   * @returns [N K, ...inputShape] for every input.
   */
  reverse(weights: Tensors, trace: Trace, gradient: Tensor): readonly Tensor[];

  /**
   * The first-order expansion at the trace's inputs x_1, x_2, ... in homogeneous coordinates: takes v_i = a x_i + u_i to
   * a y + sum_i J_i u_i.
   *
   * @param inputs The v_i, each [N, ...inputShape].
   * @param unit The numbers a, [N, 1].
   * @returns [N, ...outputShape].
   */
  linearize(weights: Tensors, trace: Trace, inputs: readonly Tensor[], unit: Tensor): Tensor;

  /** Each sample's measurement of each buffer, see {@link Layer.statistics}. */
  statistics?(weights: Tensors, trace: Trace): Tensors;
}

/** A layer as a junction of one input. */
export function ofOneInput<Trace>(layer: Layer<Trace>): Junction<Trace> {
  return {
    describe: ([inputShape]) => layer.describe(inputShape!),
    forward: (weights, [x]) => layer.forward(weights, x!),
    reverse: (weights, trace, gradient) => [layer.reverse(weights, trace, gradient)],
    linearize: (weights, trace, [v], unit) => layer.linearize(weights, trace, v!, unit),
    statistics: (weights, trace) => layer.statistics?.(weights, trace) ?? {},
  };
}
