import type { Tensor } from "../engine/tensor.ts";

/** Named tensors: a layer's parameters, inside a traced function. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A layer's shapes, parameters and masks for inputs of one shape. Nothing is drawn or allocated for it. */
export interface Description {
  /** The shape of one sample's output. */
  readonly outputShape: readonly number[];
  /** The parameters by name, in the order in which they are drawn and saved; none unless given. */
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Masks that training draws for every sample and passes among the weights, [N, ...shape]; none unless given. */
  readonly masks?: Readonly<Record<string, DropoutMask>>;
}

/** A parameter of a layer. */
export interface Parameter {
  /** Its shape. */
  readonly shape: readonly number[];
  /**
   * Gives one initial value of the parameter; called once per number, in order.
   *
   * @param normal A source of standard normal numbers.
   */
  readonly initial: (normal: () => number) => number;
  /** Whether it is a buffer, as PyTorch calls it: saved and loaded, but never trained; false unless given. */
  readonly buffer?: boolean;
  /**
   * Whether training measures this buffer on every batch and moves it towards what it found: a running mean; false unless
   * given. The layer's {@link Layer.statistics} are the measurement.
   */
  readonly measured?: boolean;
  /** Where the output units are, if it is a matrix of weights or holds filters; none unless given. Parseval training moves these alone. */
  readonly outputUnits?: OutputUnits;
}

/** The output units of a matrix of weights, or the filters of a convolution. */
export interface OutputUnits {
  /** The axis along which they follow one another. */
  readonly axis: number;
  /** How many numbers a filter's window has: 25 of 5x5; 1 where there is no window. */
  readonly window: number;
}

/** A mask of dropout. */
export interface DropoutMask {
  /** Its shape for one sample. */
  readonly shape: readonly number[];
  /** The probability that a number is dropped. */
  readonly rate: number;
}

/** A layer's output, and its trace for the reverse layer: masks, switches, shapes. */
export interface Pass<Trace> {
  /** The output, [N, ...outputShape]. */
  readonly output: Tensor;
  /** What the reverse layer shares with the forward pass. */
  readonly trace: Trace;
}

/**
 * A layer, as functions without state. N is the number of samples, K the number of rows that the reverse
 * network carries for each of them (one per requested class).
 *
 * @example A layer of one's own: it multiplies its input by a number that is trained.
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { defineNetwork, dense, type Layer, serial } from "deep-defense";
 *
 * const scaled: Layer<null> = {
 *   describe: (inputShape) => ({
 *     outputShape: inputShape,
 *     parameters: { factor: { shape: [], initial: () => 1 } },
 *   }),
 *   forward: ({ factor }, x) => ({ output: tf.mul(x, factor!), trace: null }),
 *   reverse: ({ factor }, _, gradient) => tf.mul(gradient, factor!),
 *   linearize: ({ factor }, _, v) => tf.mul(v, factor!),
 * };
 * const layers = serial({ hidden: dense(4), scaled, logits: dense(3) });
 * const network = defineNetwork({ name: "scaled", inputShape: [2], layers });
 * console.log(network.parameters["scaled.factor"]);
 * ```
 */
export interface Layer<Trace = unknown> {
  /**
   * Describes the layer for an input: its output's shape, its parameters and its masks.
   *
   * @param inputShape The shape of one sample's input.
   * @throws {UserError} when the layer does not fit the input.
   */
  describe(inputShape: readonly number[]): Description;

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
   * applies its piece, with a times its bias; a smooth one its tangent, which moves with x, so that a gradient
   * through it contains the second derivatives too.
   *
   * @param v [N, ...inputShape].
   * @param unit The numbers a, [N, 1].
   * @returns [N, ...outputShape].
   */
  linearize(weights: Tensors, trace: Trace, v: Tensor, unit: Tensor): Tensor;

  /**
   * For a layer with buffers: each sample's measurement of each buffer, [N, ...]. A buffer is right if it is the mean
   * over all samples.
   */
  statistics?(weights: Tensors, trace: Trace): Tensors;
}
