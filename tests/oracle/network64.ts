/**
 * Small networks in float64 on plain arrays: an oracle that shares no code with the library.
 *
 * Two kinds of step are enough. A linear step (dense, convolution) is a set of connections
 * "output o reads input i through weight w". A selection (ReLU, max-pooling, flatten) copies one
 * input to each output, or zero. Both are linear once their selections are fixed, so a pass gives
 * the gradient in the input (connections read backwards) and in the weights.
 * @module
 */

/** A weight: PyTorch's shape (dense [out, in], convolution [out, in, kh, kw], bias [out]), row-major. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Weights under PyTorch's names: `fc1.weight`, `fc1.bias`, `conv1.weight`, ... */
export type Weights64 = Readonly<Record<string, Array64>>;

/** Gradients in the weights, with the weights' names and shapes. */
export type Gradients64 = Record<string, { shape: readonly number[]; data: Float64Array }>;

/**
 * One layer. Dense reads its input in [C, H, W] order, as after flatten. Convolutions have stride
 * 1 and zero padding `pad` (default 0); pools tile their input with `size` x `size` windows.
 */
export type Layer64 =
  | { readonly kind: "dense"; readonly name: string }
  | { readonly kind: "conv"; readonly name: string; readonly pad?: number }
  | { readonly kind: "relu" }
  | { readonly kind: "maxPool"; readonly size: number }
  | { readonly kind: "flatten" };

/** A network: the shape of one input ([features] or [C, H, W]) and its layers in order. */
export interface Network64 {
  readonly inputShape: readonly number[];
  readonly layers: readonly Layer64[];
}

/** Calls `visit(output, input, weight)` with the indices of every connection. */
type Connections = (visit: (output: number, input: number, weight: number) => void) => void;

interface LinearStep {
  readonly kind: "linear";
  readonly name: string;
  readonly input: Float64Array;
  readonly weight: ArrayLike<number>;
  readonly connections: Connections;
  /** Outputs that share one bias: 1 for dense, H * W for a convolution. */
  readonly outputsPerBias: number;
}

interface SelectionStep {
  readonly kind: "selection";
  readonly inputSize: number;
  /** For each output the index of the input it copies, or -1 where it is zero. */
  readonly selected: Int32Array;
}

interface Activation {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** One input's way through the network: the logits, and what every step read and selected. */
export interface Pass64 {
  readonly logits: Float64Array;
  readonly steps: readonly (LinearStep | SelectionStep)[];
}

/**
 * Runs one input (row-major [features] or [C, H, W]) through the network.
 * Throws RangeError when a shape does not fit.
 */
export function forward64(network: Network64, weights: Weights64, x: ArrayLike<number>): Pass64 {
  expectSize("input", x.length, product(network.inputShape));
  const steps: (LinearStep | SelectionStep)[] = [];
  let activation: Activation = { shape: network.inputShape, data: Float64Array.from(x) };
  for (const layer of network.layers) {
    const [step, next] = apply(layer, weights, activation);
    steps.push(step);
    activation = next;
  }
  return { logits: activation.data, steps };
}

/** The gradient of `<seed, logits>` in the input, shape of the input, by the reverse network. */
export function inputGradient64(pass: Pass64, seed: ArrayLike<number>): Float64Array {
  return pass.steps.reduceRight(reverse, Float64Array.from(seed));
}

/**
 * Adds to `gradients` the gradient in the weights of
 * `a * <seed, f(x)> + <h, grad_x <seed, f(x)>>`, selections fixed.
 *
 * The second term is the derivative of `<seed, f>` along `h`: the tangent of h goes through the
 * same linear steps, without biases. Both terms have the same adjoint delta up to the factor a, so
 * a linear step's weight gradient is delta x (a * input + tangent) and its bias gradient a * delta.
 */
export function addWeightGradient64(
  pass: Pass64,
  seed: ArrayLike<number>,
  { a, h }: { a: number; h?: Float64Array },
  gradients: Gradients64,
): void {
  const tangents = h === undefined ? [] : tangentsBefore(pass, h);
  let delta = Float64Array.from(seed);
  for (let i = pass.steps.length - 1; i >= 0; i--) {
    const step = at(pass.steps, i);
    if (step.kind === "linear") addStepGradient(step, delta, a, tangents[i], gradients);
    delta = reverse(delta, step);
  }
}

/** Zeros in the shapes of the weights, to be added to. */
export function zeroGradients64(weights: Weights64): Gradients64 {
  const zeros = ([name, { shape, data }]: [string, Array64]) =>
    [name, { shape, data: new Float64Array(data.length) }] as const;
  return Object.fromEntries(Object.entries(weights).map(zeros));
}

/** Every ReLU mask and pooling switch of a pass as text: equal text, same linear piece. */
export function selections64(pass: Pass64): string {
  return pass.steps.map((step) => step.kind === "selection" ? step.selected.join() : "").join("|");
}

/** The index of the largest entry; the first of equals. `except` is passed over. */
export function argmax64(values: ArrayLike<number>, except = -1): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    if (i !== except && (best < 0 || at(values, i) > at(values, best))) best = i;
  }
  return best;
}

/** `values[i]`, which must exist. Throws RangeError when it does not. */
export function at<T>(values: ArrayLike<T>, i: number): T {
  const value = values[i];
  if (value === undefined) throw new RangeError(`index ${i} is outside 0..${values.length - 1}`);
  return value;
}

function apply(
  layer: Layer64,
  weights: Weights64,
  input: Activation,
): [LinearStep | SelectionStep, Activation] {
  switch (layer.kind) {
    case "dense":
      return dense(layer.name, weights, input);
    case "conv":
      return conv(layer.name, layer.pad ?? 0, weights, input);
    case "relu":
      return select(input, input.shape, Int32Array.from(input.data, (v, i) => v > 0 ? i : -1));
    case "maxPool":
      return maxPool(layer.size, input);
    case "flatten":
      return select(input, [input.data.length], Int32Array.from(input.data, (_, i) => i));
  }
}

function dense(name: string, weights: Weights64, input: Activation): [LinearStep, Activation] {
  const weight = parameter(weights, `${name}.weight`);
  const [outputs, inputs] = dimensions(weight.shape, 2);
  expectSize(`input of ${name}`, input.data.length, inputs);
  const connections: Connections = (visit) => {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) visit(o, i, o * inputs + i);
    }
  };
  return linear(name, weights, input, connections, [outputs], 1);
}

/** Cross-correlation as in PyTorch: out[o, y, x] = sum of w[o, c, i, j] in[c, y+i-pad, x+j-pad]. */
function conv(
  name: string,
  pad: number,
  weights: Weights64,
  input: Activation,
): [LinearStep, Activation] {
  const weight = parameter(weights, `${name}.weight`);
  const [outputs, channels, kernelHeight, kernelWidth] = dimensions(weight.shape, 4);
  const [inputChannels, height, width] = dimensions(input.shape, 3);
  expectSize(`channels into ${name}`, inputChannels, channels);
  const outHeight = height + 2 * pad - kernelHeight + 1;
  const outWidth = width + 2 * pad - kernelWidth + 1;
  const outputShape = [outputs, outHeight, outWidth];
  const connections: Connections = (visit) =>
    eachIndex(outputShape, (o, y, x, output) => {
      eachIndex([channels, kernelHeight, kernelWidth], (c, i, j, inFilter) => {
        const row = y + i - pad;
        const column = x + j - pad;
        if (row < 0 || row >= height || column < 0 || column >= width) return;
        const source = (c * height + row) * width + column;
        visit(output, source, o * channels * kernelHeight * kernelWidth + inFilter);
      });
    });
  return linear(name, weights, input, connections, outputShape, outHeight * outWidth);
}

function linear(
  name: string,
  weights: Weights64,
  input: Activation,
  connections: Connections,
  shape: readonly number[],
  outputsPerBias: number,
): [LinearStep, Activation] {
  const weight = parameter(weights, `${name}.weight`).data;
  const bias = parameter(weights, `${name}.bias`).data;
  expectSize(`${name}.bias`, bias.length * outputsPerBias, product(shape));
  const step: LinearStep = {
    kind: "linear",
    name,
    input: input.data,
    weight,
    connections,
    outputsPerBias,
  };
  const data = new Float64Array(product(shape));
  for (let o = 0; o < data.length; o++) data[o] = at(bias, Math.floor(o / outputsPerBias));
  addProducts(step, input.data, data);
  return [step, { shape, data }];
}

/** Max-pooling by windows that tile the input; the first maximum in row-major order wins. */
function maxPool(size: number, input: Activation): [SelectionStep, Activation] {
  const [channels, height, width] = dimensions(input.shape, 3);
  if (height % size !== 0 || width % size !== 0) {
    throw new RangeError(`max-pooling: ${height} x ${width} is not tiled by ${size} x ${size}`);
  }
  const shape = [channels, height / size, width / size];
  const selected = new Int32Array(product(shape)).fill(-1);
  eachIndex(input.shape, (c, y, x, i) => {
    const output = (c * (height / size) + Math.floor(y / size)) * (width / size) +
      Math.floor(x / size);
    const best = at(selected, output);
    if (best < 0 || at(input.data, i) > at(input.data, best)) selected[output] = i;
  });
  return select(input, shape, selected);
}

function select(
  input: Activation,
  shape: readonly number[],
  selected: Int32Array,
): [SelectionStep, Activation] {
  const step: SelectionStep = { kind: "selection", inputSize: input.data.length, selected };
  return [step, { shape, data: gather(step, input.data) }];
}

function gather({ selected }: SelectionStep, values: Float64Array): Float64Array {
  return Float64Array.from(selected, (i) => i < 0 ? 0 : at(values, i));
}

/** Takes a gradient in a step's output to the gradient in its input. */
function reverse(delta: Float64Array<ArrayBuffer>, step: LinearStep | SelectionStep) {
  const inputSize = step.kind === "linear" ? step.input.length : step.inputSize;
  const result = new Float64Array(inputSize);
  if (step.kind === "linear") {
    step.connections((o, i, w) => result[i] = at(result, i) + at(step.weight, w) * at(delta, o));
  } else {
    step.selected.forEach((i, o) => {
      if (i >= 0) result[i] = at(result, i) + at(delta, o);
    });
  }
  return result;
}

/** The tangent that enters each step when the input moves along `h`. */
function tangentsBefore(pass: Pass64, h: Float64Array): Float64Array[] {
  const tangents = [h];
  pass.steps.forEach((step, i) => {
    const tangent = at(tangents, i);
    if (step.kind === "selection") return tangents.push(gather(step, tangent));
    const outputs = pass.steps[i + 1];
    const size = outputs === undefined ? pass.logits.length : sizeInto(outputs);
    const next = new Float64Array(size);
    addProducts(step, tangent, next);
    return tangents.push(next);
  });
  return tangents;
}

function sizeInto(step: LinearStep | SelectionStep): number {
  return step.kind === "linear" ? step.input.length : step.inputSize;
}

/** Adds weight times `input` to `output`. */
function addProducts(step: LinearStep, input: Float64Array, output: Float64Array): void {
  step.connections((o, i, w) => output[o] = at(output, o) + at(step.weight, w) * at(input, i));
}

function addStepGradient(
  step: LinearStep,
  delta: Float64Array,
  a: number,
  tangent: Float64Array | undefined,
  gradients: Gradients64,
): void {
  const weight = parameter(gradients, `${step.name}.weight`).data;
  const bias = parameter(gradients, `${step.name}.bias`).data;
  const read = step.input.map((v, i) => a * v + (tangent === undefined ? 0 : at(tangent, i)));
  step.connections((o, i, w) => weight[w] = at(weight, w) + at(delta, o) * at(read, i));
  delta.forEach((value, o) => {
    const unit = Math.floor(o / step.outputsPerBias);
    bias[unit] = at(bias, unit) + a * value;
  });
}

/** Visits the indices of a 3-D row-major array, with the flat index. */
function eachIndex(
  shape: readonly number[],
  visit: (i: number, j: number, k: number, flat: number) => void,
): void {
  const [first, second, third] = dimensions(shape, 3);
  let flat = 0;
  for (let i = 0; i < first; i++) {
    for (let j = 0; j < second; j++) {
      for (let k = 0; k < third; k++) visit(i, j, k, flat++);
    }
  }
}

function parameter<T>(record: Readonly<Record<string, T>>, name: string): T {
  const value = record[name];
  if (value === undefined) throw new RangeError(`reading the weights: there is no ${name}`);
  return value;
}

function dimensions(shape: readonly number[], rank: 2): [number, number];
function dimensions(shape: readonly number[], rank: 3): [number, number, number];
function dimensions(shape: readonly number[], rank: 4): [number, number, number, number];
function dimensions(shape: readonly number[], rank: number): readonly number[] {
  expectSize("rank", shape.length, rank);
  return shape;
}

function expectSize(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new RangeError(`${what}: expected ${expected}, got ${actual}`);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}
