import * as tf from "@tensorflow/tfjs";
import {
  convolution,
  type ConvolutionOptions,
  convolutionTranspose,
  convolvedExtents,
  type Extents,
  type PerAxis,
  perAxis,
} from "../engine/primitives/convolution.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, forAxes, forSides, notNegative, whole } from "./checks/check_options.ts";
import type { InitialOptions } from "./dense.ts";
import type { Layer, Parameter } from "./layer.ts";

/** Height and width of a convolution's input, which its reverse layer restores. */
export interface ImageExtents {
  /** Height and width. */
  readonly extents: readonly [height: number, width: number];
}

/** The options of {@link conv2d}. */
export interface Conv2dOptions extends ConvolutionOptions, InitialOptions {
  /** Whether an offset is added to each channel, true unless given; a normalisation after it has its own. */
  readonly bias?: boolean;
}

/**
 * A 2-D convolution, weight [channels, inputs / groups, height, width] as in PyTorch.
 * Its reverse layer is the transposed convolution with the same filters.
 *
 * @param channels Channels of the output.
 * @param kernel Rows and columns of a filter: one number for both, or one for each.
 * @throws {UserError} for an option outside its range; in use, when the input is not an image of at least the filter's size, or the groups do not divide the channels.
 */
export function conv2d(
  channels: number,
  kernel: PerAxis,
  {
    stride = 1,
    pad = 0,
    dilation = 1,
    groups = 1,
    deviation = 0.01,
    bias: offset = true,
  }: Conv2dOptions = {},
): Layer<ImageExtents> {
  checkOptions(
    "a convolution",
    [whole(1), { channels, groups }],
    [forAxes, { kernel, stride, dilation }],
    [forSides, { pad }],
    [notNegative, { deviation }],
  );
  const options = { stride, pad, dilation, groups };
  const filter = perAxis(kernel);
  return {
    describe(inputShape) {
      const extents = extentsAfter(inputShape, filter, options);
      const [inputs = 0] = inputShape;
      if (inputs % groups !== 0 || channels % groups !== 0) {
        throw new UserError(
          `building a convolution: expected channels that ${groups} groups divide, got ${inputs} and ${channels}`,
        );
      }
      const weight: Parameter = {
        shape: [channels, inputs / groups, ...filter],
        initial: (normal) => deviation * normal(),
        outputUnits: { axis: 0, window: filter[0] * filter[1] },
      };
      const bias: Parameter = { shape: [channels], initial: () => 0 };
      const parameters: Record<string, Parameter> = offset ? { weight, bias } : { weight };
      return { outputShape: [channels, ...extents], parameters };
    },

    forward({ weight, bias }, x) {
      const product = convolution(x, weight!, options);
      const output = bias ? tf.add(product, tf.reshape(bias, [1, -1, 1, 1])) : product;
      return { output, trace: { extents: [x.shape[2]!, x.shape[3]!] } };
    },

    reverse({ weight }, { extents }, gradient) {
      return convolutionTranspose(gradient, weight!, extents, options);
    },

    linearize({ weight, bias }, _, v, unit) {
      const product = convolution(v, weight!, options);
      if (!bias) return product;
      const offsets = tf.matMul(unit, tf.reshape(bias, [1, -1]));
      return tf.add(product, tf.reshape(offsets, [-1, channels, 1, 1]));
    },
  };
}

/** The extents of an image after a convolution. */
function extentsAfter(
  inputShape: readonly number[],
  filter: Extents,
  options: ConvolutionOptions,
): Extents {
  const [, height = 0, width = 0] = inputShape;
  const extents = convolvedExtents([height, width], filter, options);
  if (inputShape.length === 3 && extents.every((extent) => extent >= 1)) return extents;
  // The filter's span minus the padding: the smallest image, with one window.
  const [down, right] = convolvedExtents([0, 0], filter, { ...options, stride: 1 });
  throw new UserError(
    `building a convolution: expected channels and an image of at least ${1 - down}x${
      1 - right
    }, got the shape [${inputShape}]`,
  );
}
