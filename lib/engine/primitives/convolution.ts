import * as tf from "@tensorflow/tfjs";
import type { Graph, Value } from "../graph.ts";
import { transpose } from "../kernels/arrangement.ts";
import type { Attributes } from "../trace_backend.ts";
import { definePrimitive } from "./primitive.ts";

/** How a convolution steps over its input: the same along height and width. */
export interface ConvolutionOptions {
  /** Distance between neighbouring windows. */
  readonly stride?: number;
  /** Rows and columns of zeros added on every side. */
  readonly pad?: number;
}

/** Height and width. */
export type Extents = readonly [height: number, width: number];
type Settings = Required<ConvolutionOptions>;

/** Height or width after a convolution. */
export function convolvedExtent(
  extent: number,
  kernel: number,
  { stride = 1, pad = 0 }: ConvolutionOptions = {},
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
  return { stride: attributes.number("stride"), pad: attributes.number("pad") };
}

function onnxAttributes({ stride, pad }: Settings) {
  return { strides: [stride, stride], pads: [pad, pad, pad, pad] };
}

const convolve = definePrimitive<Settings>({
  name: "Convolution",
  arity: 2,
  eager: ([x, filter], { stride, pad }) =>
    toNCHW(tf.conv2d(toNHWC(padded(x!, pad)), toHWIO(filter!), stride, "valid")),
  emit: ({ graph, inputs: [x, filter], attributes }) => {
    attributes.only("stride", "pad");
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
 * @param filter Filters, [O, I, kh, kw].
 * @returns [N, O, H', W'].
 */
export function convolution(
  x: tf.Tensor,
  filter: tf.Tensor,
  { stride = 1, pad = 0 }: ConvolutionOptions = {},
): tf.Tensor4D {
  return convolve([x, filter], { stride, pad }) as tf.Tensor4D;
}

interface TransposeSettings extends Settings {
  readonly height: number;
  readonly width: number;
}

const convolveTransposed = definePrimitive<TransposeSettings>({
  name: "ConvolutionTranspose",
  arity: 2,
  eager: ([y, filter], { stride, pad, height, width }) => {
    const [rows, channels] = [y!.shape[0]!, filter!.shape[1]!];
    const shape = [rows, height + 2 * pad, width + 2 * pad, channels] as [
      number,
      number,
      number,
      number,
    ];
    const whole = toNCHW(tf.conv2dTranspose(toNHWC(y!), toHWIO(filter!), shape, stride, "valid"));
    return tf.slice(whole, [0, 0, pad, pad], [rows, channels, height, width]);
  },
  emit: ({ graph, inputs: [y, filter], attributes }) => {
    attributes.only("stride", "pad", "height", "width");
    const settings = readSettings(attributes);
    const [height, width] = [attributes.number("height"), attributes.number("width")];
    const [, channels, kh, kw] = filter!.shape as [number, number, number, number];
    const [rows, , h, w] = y!.shape as [number, number, number, number];
    const { stride, pad } = settings;
    const output_padding = [
      height + 2 * pad - (h - 1) * stride - kh,
      width + 2 * pad - (w - 1) * stride - kw,
    ];
    return graph.node("ConvTranspose", [y!, filter!], { shape: [rows, channels, height, width] }, {
      ...onnxAttributes(settings),
      output_padding,
    });
  },
  gradient: (dx, [y, filter], { stride, pad }) => [
    () => convolution(dx, filter!, { stride, pad }),
    () => filterGradient(dx, y!, extents(filter!), { stride, pad }),
  ],
});

/**
 * The adjoint of {@link convolution} in its input: the layer reverse to a convolution (Section 3.3).
 *
 * @param y [N, O, H', W'].
 * @param filter Filters, [O, I, kh, kw].
 * @param extents Height and width of the convolution's input.
 * @returns [N, I, H, W].
 */
export function convolutionTranspose(
  y: tf.Tensor,
  filter: tf.Tensor,
  [height, width]: Extents,
  { stride = 1, pad = 0 }: ConvolutionOptions = {},
): tf.Tensor4D {
  return convolveTransposed([y, filter], { stride, pad, height, width }) as tf.Tensor4D;
}

const correlate = definePrimitive<TransposeSettings>({
  name: "ConvolutionFilterGradient",
  arity: 2,
  eager: ([x, dy], { stride, pad, height, width }) => {
    const filterShape = [height, width, x!.shape[1]!, dy!.shape[1]!];
    const attributes = { strides: stride, pad: "valid", dataFormat: "NHWC", filterShape };
    const inputs = { x: toNHWC(padded(x!, pad)), dy: toNHWC(dy!) };
    const gradient: tf.Tensor = tf.engine().runKernel("Conv2DBackpropFilter", inputs, attributes);
    return tf.transpose(gradient, [3, 2, 0, 1]);
  },
  emit: ({ graph, inputs: [x, dy], attributes }) => {
    attributes.only("stride", "pad", "height", "width");
    const kernel: Extents = [attributes.number("height"), attributes.number("width")];
    return emitFilterGradient(graph, x!, dy!, kernel, readSettings(attributes));
  },
  gradient: (ddf, [x, dy], { stride, pad }) => [
    () => convolutionTranspose(dy!, ddf, extents(x!), { stride, pad }),
    () => convolution(x!, ddf, { stride, pad }),
  ],
});

/** The filter's gradient is a convolution of x with dy, batch and channel axes swapped. */
function emitFilterGradient(
  graph: Graph,
  x: Value,
  dy: Value,
  [kh, kw]: Extents,
  { stride, pad }: Settings,
): Value {
  const [swappedX, swappedDy] = [x, dy].map((value) => transpose(graph, value, [1, 0, 2, 3]));
  const whole = [x, dy].map(({ shape }) => [shape[2]!, shape[3]!] as const);
  const [height, width] = [0, 1].map((axis) =>
    whole[0]![axis]! + 2 * pad - (whole[1]![axis]! - 1) * stride
  );
  const shape = [x.shape[1]!, dy.shape[1]!, height!, width!];
  const product = graph.node("Conv", [swappedX!, swappedDy!], { shape }, {
    dilations: [stride, stride],
    pads: [pad, pad, pad, pad],
  });
  const gradient = transpose(graph, product, [1, 0, 2, 3]);
  if (height === kh && width === kw) return gradient;
  // With a stride the last rows of x may lie outside every window: what they add is cut off.
  const [starts, ends] = [graph.integers([0, 0]), graph.integers([kh, kw])];
  const cut = { shape: [dy.shape[1]!, x.shape[1]!, kh, kw] };
  return graph.node("Slice", [gradient, starts, ends, graph.integers([2, 3])], cut);
}

/**
 * The gradient of a convolution in its filters.
 *
 * @param x The convolution's input, [N, I, H, W].
 * @param dy The gradient of its output, [N, O, H', W'].
 * @param kernel Height and width of the filters.
 * @returns [O, I, kh, kw].
 */
export function filterGradient(
  x: tf.Tensor,
  dy: tf.Tensor,
  [height, width]: Extents,
  { stride = 1, pad = 0 }: ConvolutionOptions = {},
): tf.Tensor4D {
  return correlate([x, dy], { stride, pad, height, width }) as tf.Tensor4D;
}

function extents({ shape }: tf.Tensor): Extents {
  return [shape[2]!, shape[3]!];
}
