import * as tf from "@tensorflow/tfjs";
import type { Graph, Value } from "../graph.ts";
import { transpose } from "../kernels/arrangement.ts";
import { reshape } from "../kernels/shapes.ts";
import type { Attributes } from "../trace_backend.ts";
import { definePrimitive } from "./primitive.ts";

/** How a convolution steps over its input: the same along height and width. */
export interface ConvolutionOptions {
  /** Distance between neighbouring windows; 1 unless given. */
  readonly stride?: number;
  /** Rows and columns of zeros added on every side; 0 unless given. */
  readonly pad?: number;
  /** Parts that the channels of input and output are split into; each part of the output reads its own of the input; 1 unless given. */
  readonly groups?: number;
}

/** Height and width. */
export type Extents = readonly [height: number, width: number];
type Settings = Required<ConvolutionOptions>;

/** Height or width after a convolution. */
export function convolvedExtent(
  extent: number,
  kernel: number,
  { stride = 1, pad = 0 }: Pick<ConvolutionOptions, "stride" | "pad"> = {},
): number {
  return Math.floor((extent + 2 * pad - kernel) / stride) + 1;
}

const toNHWC = (x: tf.Tensor): tf.Tensor4D => tf.transpose(x, [0, 2, 3, 1]) as tf.Tensor4D;
const toNCHW = (x: tf.Tensor): tf.Tensor4D => tf.transpose(x, [0, 3, 1, 2]) as tf.Tensor4D;
const toHWIO = (filter: tf.Tensor): tf.Tensor4D =>
  tf.transpose(filter, [2, 3, 1, 0]) as tf.Tensor4D;

/** What lies under the windows: TensorFlow.js takes padding by numbers only for square filters, and not on every backend. */
function padded(x: tf.Tensor, pad: number): tf.Tensor {
  return pad === 0 ? x : tf.pad(x, [[0, 0], [0, 0], [pad, pad], [pad, pad]]);
}

function readSettings(attributes: Attributes): Settings {
  const [stride, pad, groups] = ["stride", "pad", "groups"].map((name) => attributes.number(name));
  return { stride: stride!, pad: pad!, groups: groups! };
}

function onnxAttributes({ stride, pad, groups }: Settings) {
  return { strides: [stride, stride], pads: [pad, pad, pad, pad], ...onnxGroup(groups) };
}

/** Graphs of ungrouped convolutions leave the attribute out. */
function onnxGroup(groups: number): { group?: number } {
  return groups === 1 ? {} : { group: groups };
}

/** TensorFlow.js's own backends have no groups: group by group, split and put together along the given axes. */
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
  eager: ([x, filter], { stride, pad, groups }) =>
    byGroup(
      groups,
      [padded(x!, pad), filter!],
      imagesAndFilters,
      (x, filter) => toNCHW(tf.conv2d(toNHWC(x), toHWIO(filter), stride, "valid")),
    ),
  emit: ({ graph, inputs: [x, filter], attributes }) => {
    attributes.only("stride", "pad", "groups");
    const settings = readSettings(attributes);
    const [rows, , height, width] = x!.shape as [number, number, number, number];
    const [channels, , kh, kw] = filter!.shape as [number, number, number, number];
    const shape = [
      rows,
      channels,
      convolvedExtent(height, kh, settings),
      convolvedExtent(width, kw, settings),
    ];
    return graph.node("Conv", [x!, filter!], { shape }, onnxAttributes(settings));
  },
  gradient: (dy, [x, filter], settings) => [
    () => convolutionTranspose(dy, filter!, extents(x!), settings),
    () => filterGradient(x!, dy, extents(filter!), settings),
  ],
});

/**
 * 2-D convolution (cross-correlation, as networks have it).
 *
 * @param x Input, [N, I, H, W].
 * @param filter Filters, [O, I / groups, kh, kw].
 * @returns [N, O, H', W'].
 */
export function convolution(
  x: tf.Tensor,
  filter: tf.Tensor,
  { stride = 1, pad = 0, groups = 1 }: ConvolutionOptions = {},
): tf.Tensor4D {
  return convolve([x, filter], { stride, pad, groups }) as tf.Tensor4D;
}

interface TransposeSettings extends Settings {
  readonly height: number;
  readonly width: number;
}

const convolveTransposed = definePrimitive<TransposeSettings>({
  name: "ConvolutionTranspose",
  arity: 2,
  eager: ([y, filter], { stride, pad, groups, height, width }) => {
    const rows = y!.shape[0]!;
    const whole = byGroup(groups, [y!, filter!], imagesAndFilters, (y, filter) => {
      const shape = [rows, height + 2 * pad, width + 2 * pad, filter.shape[1]!] as const;
      return toNCHW(tf.conv2dTranspose(toNHWC(y), toHWIO(filter), [...shape], stride, "valid"));
    });
    return tf.slice(whole, [0, 0, pad, pad], [rows, whole.shape[1]!, height, width]);
  },
  emit: ({ graph, inputs: [y, filter], attributes }) => {
    attributes.only("stride", "pad", "groups", "height", "width");
    const settings = readSettings(attributes);
    const [height, width] = [attributes.number("height"), attributes.number("width")];
    const [, inGroup, kh, kw] = filter!.shape as [number, number, number, number];
    const [rows, , h, w] = y!.shape as [number, number, number, number];
    const { stride, pad, groups } = settings;
    const output_padding = [
      height + 2 * pad - (h - 1) * stride - kh,
      width + 2 * pad - (w - 1) * stride - kw,
    ];
    const shape = [rows, inGroup * groups, height, width];
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
  { stride = 1, pad = 0, groups = 1 }: ConvolutionOptions = {},
): tf.Tensor4D {
  return convolveTransposed([y, filter], { stride, pad, groups, height, width }) as tf.Tensor4D;
}

const correlate = definePrimitive<TransposeSettings>({
  name: "ConvolutionFilterGradient",
  arity: 2,
  eager: ([x, dy], { stride, pad, groups, height, width }) =>
    byGroup(groups, [padded(x!, pad), dy!], { a: 1, b: 1, result: 0 }, (x, dy) => {
      const filterShape = [height, width, x.shape[1]!, dy.shape[1]!];
      const attributes = { strides: stride, pad: "valid", dataFormat: "NHWC", filterShape };
      const inputs = { x: toNHWC(x), dy: toNHWC(dy) };
      const gradient: tf.Tensor = tf.engine().runKernel("Conv2DBackpropFilter", inputs, attributes);
      return tf.transpose(gradient, [3, 2, 0, 1]);
    }),
  emit: ({ graph, inputs: [x, dy], attributes }) => {
    attributes.only("stride", "pad", "groups", "height", "width");
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
  { stride, pad, groups }: Settings,
): Value {
  const whole = [x, dy].map(({ shape }) => [shape[2]!, shape[3]!] as const);
  const [height, width] = [0, 1].map((axis) =>
    whole[0]![axis]! + 2 * pad - (whole[1]![axis]! - 1) * stride
  );
  const [channels, inGroup] = [dy.shape[1]!, x.shape[1]! / groups];
  const product = graph.node(
    "Conv",
    [swapped(graph, x, groups), swapped(graph, dy, 1)],
    { shape: [inGroup, channels, height!, width!] },
    { dilations: [stride, stride], pads: [pad, pad, pad, pad], ...onnxGroup(groups) },
  );
  const gradient = transpose(graph, product, [1, 0, 2, 3]);
  if (height === kh && width === kw) return gradient;
  // With a stride the last rows of x may lie outside every window: what they add is cut off.
  const [starts, ends] = [graph.integers([0, 0]), graph.integers([kh, kw])];
  const cut = { shape: [channels, inGroup, kh, kw] };
  return graph.node("Slice", [gradient, starts, ends, graph.integers([2, 3])], cut);
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
  { stride = 1, pad = 0, groups = 1 }: ConvolutionOptions = {},
): tf.Tensor4D {
  return correlate([x, dy], { stride, pad, groups, height, width }) as tf.Tensor4D;
}

function extents({ shape }: tf.Tensor): Extents {
  return [shape[2]!, shape[3]!];
}
