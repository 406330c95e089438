import type { Tensor } from "../engine/tensor.ts";
import type { NDArray } from "../engine/nd_array.ts";

/** Named tensors: a layer's parameters, inside a traced function. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A new layer's parameters, and the shape of its output for one sample. */
export interface Initialized {
  /** The shape of one sample's output. */
  readonly outputShape: readonly number[];
  /** The parameters by name. */
  readonly weights: Readonly<Record<string, NDArray>>;
  /** Those of them that are buffers, as PyTorch calls them: saved and loaded, but never trained. */
  readonly buffers?: readonly string[];
  /** Masks that are drawn for every sample in training, and given among the weights, [N, ...shape]; elsewhere none is. */
  readonly masks?: Readonly<Record<string, DropoutMask>>;
}

/** A mask of dropout. */
export interface DropoutMask {
  /** Its shape for one sample. */
  readonly shape: readonly number[];
  /** The probability that a number is dropped. */
  readonly rate: number;
}

/** A layer's output, and what its reverse layer shares with it: masks, switches, shapes. */
export interface Pass<Trace> {
  /** The output, [N, ...outputShape]. */
  readonly output: Tensor;
  /** What the reverse layer shares with the forward pass. */
  readonly trace: Trace;
}

/**
 * A layer, as functions without state. N is the number of samples, K the number of rows that the reverse
 * network carries for each of them (one a class that is asked for).
 */
export interface Layer<Trace = unknown> {
  /**
   * Draws parameters.
   *
   * @param inputShape The shape of one sample's input.
   * @param normal A source of standard normal numbers.
   * @throws UserError when the layer does not fit the input.
   */
  init(inputShape: readonly number[], normal: () => number): Initialized;

  /** The output for x, [N, ...inputShape]. */
  forward(weights: Tensors, x: Tensor): Pass<Trace>;

  /**
   * The reverse layer (Section 3.3, Eq. 5): takes the gradients of K functions of the output to their
   * gradients in the input, sharing weights, masks and switches with the forward pass of the trace.
   *
   * @param gradient [N K, ...outputShape], the rows of a sample next to one another.
   * @returns [N K, ...inputShape].
   */
  reverse(weights: Tensors, trace: Trace, gradient: Tensor): Tensor;

  /**
   * The layer's first-order expansion at the trace's input x, in homogeneous coordinates: takes v = a x + u
   * to a y + J u, where y is the output at x and J the Jacobian there. A piecewise linear layer
   * applies its piece, with a times its bias; a smooth one its tangent, which moves with x, so that what is
   * differentiated through it has the second derivatives too.
   *
   * @param v [N, ...inputShape].
   * @param unit The numbers a, [N, 1].
   * @returns [N, ...outputShape].
   */
  linearize(weights: Tensors, trace: Trace, v: Tensor, unit: Tensor): Tensor;

  /**
   * Of a layer with buffers: what every sample says each buffer should be, [N, ...]. A buffer is right where it is the mean
   * over all samples.
   */
  statistics?(weights: Tensors, trace: Trace): Tensors;
}
