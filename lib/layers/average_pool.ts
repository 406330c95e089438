import * as tf from "@tensorflow/tfjs";
import {
  convolution,
  convolutionTranspose,
  type Extents,
  type PerAxis,
  perAxis,
  type PerSide,
  perSide,
} from "../engine/primitives/convolution.ts";
import { averagePool as pool, upsample } from "../engine/primitives/pooling.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, forAxes, forSides } from "./checks/check_options.ts";
import type { ImageExtents } from "./conv2d.ts";
import type { Layer } from "./layer.ts";
import { pooledShape, type PoolingOptions } from "./max_pool.ts";

/** The geometry of average pooling, and its divisor. */
export interface AveragePoolOptions extends PoolingOptions {
  /** How many zeros beyond every border count as numbers of a window; 0 unless given: the divisor counts numbers of the image only. */
  readonly counted?: PerSide;
}

/**
 * Average pooling over windows. Without options they must tile the image; with options, rows and columns that do not fill a window
 * are ignored, as in PyTorch. Its reverse layer spreads every element over its window.
 *
 * @param window Rows and columns of a window: one number for both, or one for each.
 * @throws {UserError} for an option outside its range; in use, when the input is not an image that the windows fit.
 */
export function averagePool(window: PerAxis, options?: AveragePoolOptions): Layer<ImageExtents> {
  const { stride = window, pad = 0, counted = 0 } = options ?? {};
  const what = "an average-pooling layer";
  checkOptions(what, [forAxes, { window, stride }], [forSides, { pad, counted }]);
  const [kernel, steps] = [perAxis(window), perAxis(stride)];
  const [side] = kernel;
  const square = [...kernel, ...steps].every((extent) => extent === side);
  const tile = (extents: Extents) =>
    square && !perSide(pad).some(Boolean) && extents.every((extent) => extent % side === 0);
  const perChannel = (channels: number) => ({ stride, pad, groups: channels });
  const ones = (channels: number) => tf.ones([channels, 1, ...kernel]);

  /** The sums over the windows, each divided by its count. */
  function slide(x: Tensor): Tensor {
    const [channels, height, width] = x.shape.slice(1) as [number, number, number];
    const sums = convolution(x, ones(channels), perChannel(channels));
    return tf.mul(sums, shares([height, width], sums));
  }

  /** One over the count of every window. */
  function shares(extents: Extents, { shape }: Tensor): Tensor {
    const [top, left, bottom, right] = perSide(counted);
    const [first, firstColumn] = perSide(pad);
    const count = (i: number, axis: 0 | 1) => {
      const [begin, before, after] = axis === 0
        ? [i * steps[0] - first, top, bottom]
        : [i * steps[1] - firstColumn, left, right];
      const end = Math.min(begin + kernel[axis], extents[axis] + after);
      return end - Math.max(begin, -before);
    };
    const [height, width] = [shape[2]!, shape[3]!];
    const numbers = Float32Array.from(
      { length: height * width },
      (_, i) => 1 / (count(Math.floor(i / width), 0) * count(i % width, 1)),
    );
    return tf.tensor4d(numbers, [1, 1, height, width]);
  }

  return {
    describe(inputShape) {
      const [, height = 0, width = 0] = inputShape;
      if (!options && (inputShape.length !== 3 || height % kernel[0] || width % kernel[1])) {
        throw new UserError(
          `building ${what}: expected an image whose sides are multiples of ${window}, got the shape [${inputShape}]`,
        );
      }
      return { outputShape: pooledShape(inputShape, { window, stride, pad, what }) };
    },
    forward(_, x) {
      const extents = [x.shape[2]!, x.shape[3]!] as const;
      return { output: tile(extents) ? pool(x, side) : slide(x), trace: { extents } };
    },
    reverse(_, { extents }, gradient) {
      if (tile(extents)) return tf.mul(upsample(gradient, side), 1 / side ** 2);
      const channels = gradient.shape[1]!;
      const spread = tf.mul(gradient, shares(extents, gradient));
      return convolutionTranspose(spread, ones(channels), extents, perChannel(channels));
    },
    linearize: (_, { extents }, v) => tile(extents) ? pool(v, side) : slide(v),
  };
}
