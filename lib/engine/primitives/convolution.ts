import * as tf from "@tensorflow/tfjs";
import type { Graph, Value } from "../tracing/graph.ts";
import { transpose } from "../kernels/arrangement.ts";
import { reshape } from "../kernels/shapes.ts";
import type { Attributes } from "../tracing/trace_backend.ts";
import { definePrimitive } from "./primitive.ts";

/** The geometry of a convolution. One number applies to height and width, or to all four sides. */
export interface ConvolutionOptions {
  /** Distance between neighbouring windows; 1 unless given. */
  readonly stride?: PerAxis;
  /** Rows and columns of zeros added on every side; 0 unless given. */
  readonly pad?: PerSide;
  /** Distance between neighbouring numbers under one window; 1 unless given. */
  readonly dilation?: PerAxis;
  /** How many groups the channels of input and output are split into; each output group reads its own input group; 1 unless given. */
  readonly groups?: number;
}

/** Height and width. */
export type Extents = readonly [height: number, width: number];
/** One number for height and width, or one for each. */
export type PerAxis = number | Extents;
/** One number for all sides of an image, or one for each. */
export type PerSide = number | Sides;
/** Numbers for every side of an image. */
export type Sides = readonly [top: number, left: number, bottom: number, right: number];

/** A number for each axis. */
export function perAxis(value: PerAxis): Extents {
  return typeof value === "number" ? [value, value] : value;
}

/** A number for each side. */
export function perSide(value: PerSide): Sides {
  return typeof value === "number" ? [value, value, value, value] : value;
}

interface Settings {
  readonly stride: Extents;
  readonly pad: Sides;
  readonly dilation: Extents;
  readonly groups: number;
}

function settingsOf(
  { stride = 1, pad = 0, dilation = 1, groups = 1 }: ConvolutionOptions,
): Settings {
  return { stride: perAxis(stride), pad: perSide(pad), dilation: perAxis(dilation), groups };
}

/** Rows and columns that a filter or window spans. */
export function spanned(kernel: Extents, dilation: PerAxis = 1): Extents {
  const [down, right] = perAxis(dilation);
  return [(kernel[0] - 1) * down + 1, (kernel[1] - 1) * right + 1];
}

/** Height and width with the padding. */
export function paddedExtents([height, width]: Extents, pad: PerSide): Extents {
  const [top, left, bottom, right] = perSide(pad);
  return [height + top + bottom, width + left + right];
}

/** Height and width after a convolution: rows and columns that do not fill a window are ignored. */
export function convolvedExtents(
  image: Extents,
  kernel: Extents,
  { stride = 1, pad = 0, dilation = 1 }: ConvolutionOptions = {},
): [height: number, width: number] {
  const [whole, span, step] = [
    paddedExtents(image, pad),
    spanned(kernel, dilation),
    perAxis(stride),
  ];
  const along = (axis: 0 | 1) => Math.floor((whole[axis] - span[axis]) / step[axis]) + 1;
  return [along(0), along(1)];
}

const toNHWC = (x: tf.Tensor): tf.Tensor4D => tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D;
const toNCHW = (x: tf.Tensor): tf.Tensor4D => tf.transpose(x, [0, 3, 1, 2]) as tf.Tensor4D;
const toHWIO = (filter: tf.Tensor): tf.Tensor4D =>
  tf.transpose(filter, [2, 3, 1, 0]) as tf.Tensor4D;
/** Strides as TensorFlow.js takes them; a copy, since its kernels change the list. */
const steps = ([down, right]: Extents): [number, number] => [down, right];

/** The padded input: TensorFlow.js takes padding by numbers only for square filters, and not on every backend. */
function padded(x: tf.Tensor, [top, left, bottom, right]: Sides): tf.Tensor {
  if (!(top || left || bottom || right)) return x;
  return tf.pad(x, [[0, 0], [0, 0], [top, bottom], [left, right]]);
}

/** A filter with zeros between its numbers: TensorFlow.js does not combine dilation with strides or transposition. */
function dilated(filter: tf.Tensor, dilation: Extents): tf.Tensor {
  const [down, right] = dilation;
  if (down === 1 && right === 1) return filter;
  const [outputs, inputs, height, width] = filter.shape as [number, number, number, number];
  const apart = tf.pad(tf.reshape(filter, [outputs * inputs, height, 1, width, 1]), [
    [0, 0],
    [0, 0],
    [0, down - 1],
    [0, 0],
    [0, right - 1],
  ]);
  const whole = tf.reshape(apart, [outputs, inputs, height * down, width * right]);
  return tf.slice(whole, [0, 0, 0, 0], [outputs, inputs, ...spanned([height, width], dilation)]);
}

function readSettings(attributes: Attributes): Settings {
  const [stride, pad, dilation] = ["stride", "pad", "dilation"].map((name) =>
    attributes.numbers(name)
  );
  return {
    stride: stride as unknown as Extents,
    pad: pad as unknown as Sides,
    dilation: dilation as unknown as Extents,
    groups: attributes.number("groups"),
  };
}

function onnxAttributes({ stride, pad, dilation, groups }: Settings) {
  return { strides: stride, pads: pad, ...onnxGroup(groups), ...onnxDilations(dilation) };
}

/** Graphs of ungrouped convolutions omit the attribute. */
function onnxGroup(groups: number): { group?: number } {
  return groups === 1 ? {} : { group: groups };
}

/** Graphs of undilated convolutions omit the attribute. */
function onnxDilations(dilations: Extents): { dilations?: Extents } {
  return dilations.every((step) => step === 1) ? {} : { dilations };
}

/** TensorFlow.js's own backends have no groups: computes group by group, split and concatenated along the given axes. */
function byGroup(
  groups: number,
  [a, b]: readonly [tf.Tensor, tf.Tensor],
  axes: { readonly a: number; readonly b: number; readonly result: number },
  compute: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  if (groups === 1) return compute(a, b);
  const [parts, others] = [tf.split(a, groups, axes.a), tf.split(b, groups, axes.b)];
  return tf.concat(parts.map((part, i) => compute(part, others[i]!)), axes.result);
}

/** Channels of inputs and outputs, and the filters along their first axis. */
const imagesAndFilters = { a: 1, b: 0, result: 1 };

const convolve = definePrimitive<Settings>({
  name: "Convolution",
  arity: 2,
  eager: ([x, filter], { stride, pad, dilation, groups }) =>
    byGroup(
      groups,
      [padded(x!, pad), dilated(filter!, dilation)],
      imagesAndFilters,
      (x, filter) => toNCHW(tf.conv2d(toNHWC(x), toHWIO(filter), steps(stride), "valid")),
    ),
  emit: ({ graph, inputs: [x, filter], attributes }) => {
    attributes.only("stride", "pad", "dilation", "groups");
    const settings = readSettings(attributes);
    const outputs = convolvedExtents(extents(x!), extents(filter!), settings);
    const shape = [x!.shape[0]!, filter!.shape[0]!, ...outputs];
    return graph.node("Conv", [x!, filter!], { shape }, onnxAttributes(settings));
  },
  gradient: (dy, [x, filter], settings) => [
    () => convolutionTranspose(dy, filter!, extents(x!), settings),
    () => filterGradient(x!, dy, extents(filter!), settings),
  ],
});

/**
 * 2-D convolution (cross-correlation, as in networks).
 *
 * @param x Input, [N, I, H, W].
 * @param filter Filters, [O, I / groups, kh, kw].
 * @returns [N, O, H', W'].
 */
export function convolution(
  x: tf.Tensor,
  filter: tf.Tensor,
  options: ConvolutionOptions = {},
): tf.Tensor4D {
  return convolve([x, filter], settingsOf(options)) as tf.Tensor4D;
}

interface TransposeSettings extends Settings {
  readonly height: number;
  readonly width: number;
}

const convolveTransposed = definePrimitive<TransposeSettings>({
  name: "ConvolutionTranspose",
  arity: 2,
  eager: ([y, filter], { stride, pad, dilation, groups, height, width }) => {
    const rows = y!.shape[0]!;
    const parts = [y!, dilated(filter!, dilation)] as const;
    const whole = byGroup(groups, parts, imagesAndFilters, (y, filter) => {
      const shape = [rows, ...paddedExtents([height, width], pad), filter.shape[1]!] as const;
      const strides = steps(stride);
      return toNCHW(tf.conv2dTranspose(toNHWC(y), toHWIO(filter), [...shape], strides, "valid"));
    });
    return tf.slice(whole, [0, 0, pad[0], pad[1]], [rows, whole.shape[1]!, height, width]);
  },
  emit: ({ graph, inputs: [y, filter], attributes }) => {
    attributes.only("stride", "pad", "dilation", "groups", "height", "width");
    const settings = readSettings(attributes);
    const image = [attributes.number("height"), attributes.number("width")] as const;
    const { stride, pad, dilation, groups } = settings;
    const [whole, span] = [paddedExtents(image, pad), spanned(extents(filter!), dilation)];
    const output_padding = ([0, 1] as const).map((axis) =>
      whole[axis] - (extents(y!)[axis] - 1) * stride[axis] - span[axis]
    );
    const shape = [y!.shape[0]!, filter!.shape[1]! * groups, ...image];
    return graph.node("ConvTranspose", [y!, filter!], { shape }, {
      ...onnxAttributes(settings),
      output_padding,
    });
  },
  gradient: (dx, [y, filter], settings) => [
    () => convolution(dx, filter!, settings),
    () => filterGradient(dx, y!, extents(filter!), settings),
  ],
});

/**
 * The adjoint of {@link convolution} in its input: the layer reverse to a convolution (Section 3.3).
 *
 * @param y [N, O, H', W'].
 * @param filter Filters, [O, I / groups, kh, kw].
 * @param extents Height and width of the convolution's input.
 * @returns [N, I, H, W].
 */
export function convolutionTranspose(
  y: tf.Tensor,
  filter: tf.Tensor,
  [height, width]: Extents,
  options: ConvolutionOptions = {},
): tf.Tensor4D {
  const settings = { ...settingsOf(options), height, width };
  return convolveTransposed([y, filter], settings) as tf.Tensor4D;
}

const correlate = definePrimitive<TransposeSettings>({
  name: "ConvolutionFilterGradient",
  arity: 2,
  eager: ([x, dy], { stride, pad, dilation, groups, height, width }) =>
    byGroup(groups, [padded(x!, pad), dy!], { a: 1, b: 1, result: 0 }, (x, dy) => {
      const span = spanned([height, width], dilation);
      const filterShape = [...span, x.shape[1]!, dy.shape[1]!];
      const attributes = { strides: steps(stride), pad: "valid", dataFormat: "NHWC", filterShape };
      const inputs = { x: toNHWC(x), dy: toNHWC(dy) };
      const gradient: tf.Tensor = tf.engine().runKernel("Conv2DBackpropFilter", inputs, attributes);
      const filters = tf.transpose(gradient, [3, 2, 0, 1]);
      // For a dilated filter, the values between its numbers are dropped.
      return tf.stridedSlice(filters, [0, 0, 0, 0], filters.shape, [1, 1, ...dilation]);
    }),
  emit: ({ graph, inputs: [x, dy], attributes }) => {
    attributes.only("stride", "pad", "dilation", "groups", "height", "width");
    const kernel: Extents = [attributes.number("height"), attributes.number("width")];
    return emitFilterGradient(graph, x!, dy!, kernel, readSettings(attributes));
  },
  gradient: (ddf, [x, dy], settings) => [
    () => convolutionTranspose(dy!, ddf, extents(x!), settings),
    () => convolution(x!, ddf, settings),
  ],
});

/** The filter's gradient is a convolution of x with dy, batch and channel axes swapped. */
function emitFilterGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  [kh, kw]: Extents,
  { stride, pad, dilation, groups }: Settings,
): Value {
  const roles = { stride: dilation, pad, dilation: stride };
  const [height, width] = convolvedExtents(extents(x), extents(dy), roles);
  const [channels, inGroup] = [dy.shape[1]!, x.shape[1]! / groups];
  const product = graph.node(
    "Conv",
    [swapped(graph, x, groups), swapped(graph, dy, 1)],
    { shape: [inGroup, channels, height, width] },
    { dilations: stride, pads: pad, ...onnxGroup(groups), ...onnxStrides(dilation) },
  );
  const gradient = transpose(graph, product, [1, 0, 2, 3]);
  if (height === kh && width === kw) return gradient;
  // With a stride the last rows of x may lie outside every window: their contribution is cut off.
  const [starts, ends] = [graph.integers([0, 0]), graph.integers([kh, kw])];
  const cut = { shape: [channels, inGroup, kh, kw] };
  return graph.node("Slice", [gradient, starts, ends, graph.integers([2, 3])], cut);
}

/** The dilation of a convolution is the stride of its filters' gradient; graphs of undilated ones omit it. */
function onnxStrides(strides: Extents): { strides?: Extents } {
  return strides.every((step) => step === 1) ? {} : { strides };
}

/** [N, groups C, H, W] as [C, groups N, H, W]: the samples of a group are what its filters sum over. */
function swapped(graph: Graph, x: Value, groups: number): Value {
  const [rows, channels, ...extents] = x.shape as [number, number, number, number];
  if (groups === 1) return transpose(graph, x, [1, 0, 2, 3]);
  const inGroup = channels / groups;
  const split = reshape(graph, x, [rows, groups, inGroup, ...extents]);
  const moved = transpose(graph, split, [2, 1, 0, 3, 4]);
  return reshape(graph, moved, [inGroup, groups * rows, ...extents]);
}

/**
 * The gradient of a convolution in its filters.
 *
 * @param x The convolution's input, [N, I, H, W].
 * @param dy The gradient of its output, [N, O, H', W'].
 * @param kernel Height and width of the filters.
 * @returns [O, I / groups, kh, kw].
 */
export function filterGradient(
  x: tf.Tensor,
  dy: tf.Tensor,
  [height, width]: Extents,
  options: ConvolutionOptions = {},
): tf.Tensor4D {
  return correlate([x, dy], { ...settingsOf(options), height, width }) as tf.Tensor4D;
}

function extents({ shape }: { readonly shape: readonly number[] }): Extents {
  return [shape[2]!, shape[3]!];
}
