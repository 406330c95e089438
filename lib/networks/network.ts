import { isWhole } from "../engine/option_check.ts";
import { normal, random } from "../engine/random.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkLayer } from "../layers/checks/check_layer.ts";
import { drawParameters } from "../layers/draw_parameters.ts";
import type { Description, DropoutMask, Layer, Pass, Tensors } from "../layers/layer.ts";
import type { Weights } from "./weights.ts";
import { withWeightsSummary } from "./weights_summary.ts";

/** A classifier: layers from an input of a known shape to logits. It holds no weights. */
export interface Network {
  /** The identifier that flags, columns and files use. */
  readonly name: string;
  /** Shape of one input, [C, H, W] for images. */
  readonly inputShape: readonly number[];
  /** Number of logits. */
  readonly classes: number;
  /** Shape of every parameter by name, in order; buffers are among them. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
  /** The parameters that are never trained, such as the statistics of batch normalisations. */
  readonly buffers: readonly string[];
  /** The buffers that training measures on every batch, such as the running statistics of batch normalisations that use the batch's own. */
  readonly measured: readonly string[];
  /** The masks that dropout draws for every sample in training; they are passed among the weights, and only in training. */
  readonly masks: Readonly<Record<string, DropoutMask>>;
  /** The layers that it is made of, for networks that contain it. */
  readonly layers: Layer;
  /** Draws parameters; the same key gives the same ones. */
  readonly init: (...key: (number | string)[]) => Weights;
  /** The logits f(x), [N, classes], for x [N, ...inputShape], inside a traced function. */
  readonly forward: (weights: Tensors, x: Tensor) => Pass<unknown>;
  /** The reverse network (Fig. 1): seeds [N K, classes] to gradients in the input, [N K, ...inputShape]. */
  readonly reverse: (weights: Tensors, trace: unknown, seeds: Tensor) => Tensor;
  /** The first-order expansion around the trace's input, see {@link Layer.linearize}. */
  readonly linearize: (weights: Tensors, trace: unknown, v: Tensor, unit: Tensor) => Tensor;
  /** Each sample's measurement of each buffer, see {@link Layer.statistics}. */
  readonly statistics: (weights: Tensors, trace: unknown) => Tensors;
}

/** The names of the parameters that training moves: all but the buffers, in order. */
export function trainedNames({ parameters, buffers }: Network): string[] {
  return Object.keys(parameters).filter((name) => !buffers.includes(name));
}

/** The names of the parameters of which a training step has a sum over the batch: gradients, and the measurements of buffers. */
export function summedNames(network: Network): string[] {
  return [...trainedNames(network), ...network.measured];
}

/** The parts of a network. */
export interface NetworkOptions {
  /** Its identifier in flags, columns and files. */
  readonly name: string;
  /** Shape of one input, [C, H, W] for images. */
  readonly inputShape: readonly number[];
  /** The layers; the last one's output is the logits. */
  readonly layers: Layer;
}

/**
 * Makes a network from layers. No parameters are drawn: the network's `init` does that.
 *
 * @throws {UserError} when the layers are none, do not fit the input or do not end in a vector.
 *
 * @example A network with one hidden layer.
 * ```ts
 * import { defineNetwork, dense, flatten, relu, serial } from "deep-defense";
 *
 * const network = defineNetwork({
 *   name: "two-layer",
 *   inputShape: [1, 28, 28],
 *   layers: serial({ flatten: flatten(), hidden: dense(100), relu: relu(), logits: dense(10) }),
 * });
 * const weights = network.init("my seed");
 * console.log(network.classes, Object.keys(weights)); // 10, hidden.weight, hidden.bias, ...
 * ```
 */
export function defineNetwork({ name, inputShape, layers }: NetworkOptions): Network {
  checkInputShape(name, inputShape);
  checkLayer(`building the network ${name}`, "layers", layers);
  const { outputShape, parameters = {}, masks = {} } = describe(name, layers, inputShape);
  const [classes = 0, ...rest] = outputShape;
  if (rest.length > 0 || classes < 2) {
    throw new UserError(
      `building the network ${name}: expected a vector of at least 2 logits at its end, got [${outputShape}]`,
    );
  }
  return {
    name,
    inputShape,
    classes,
    parameters: Object.fromEntries(
      Object.entries(parameters).map(([key, { shape }]) => [key, shape]),
    ),
    buffers: Object.keys(parameters).filter((key) => parameters[key]!.buffer),
    measured: Object.keys(parameters).filter((key) => parameters[key]!.measured),
    masks,
    layers,
    init: (...key) =>
      withWeightsSummary(drawParameters(parameters, normal(random("weights", ...key)))),
    forward: (weights, x) => layers.forward(weights, x),
    reverse: (weights, trace, seeds) => layers.reverse(weights, trace, seeds),
    linearize: (weights, trace, v, unit) => layers.linearize(weights, trace, v, unit),
    statistics: (weights, trace) => layers.statistics?.(weights, trace) ?? {},
  };
}

function checkInputShape(name: string, inputShape: readonly number[]): void {
  if (inputShape.length > 0 && inputShape.every((extent) => isWhole(extent, 1))) return;
  throw new UserError(
    `building the network ${name}: expected an input shape of whole numbers from 1, got [${inputShape}]`,
  );
}

function describe(name: string, layers: Layer, inputShape: readonly number[]): Description {
  try {
    return layers.describe(inputShape);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `the network ${name} does not fit inputs of shape [${inputShape}]: ${error.message}`,
    );
  }
}
