import * as tf from "@tensorflow/tfjs";
import {
  convolvedExtents,
  type Extents,
  paddedExtents,
  type PerAxis,
  perAxis,
  type PerSide,
  perSide,
} from "../engine/primitives/convolution.ts";
import { maximumPositions, windowMaxima } from "../engine/primitives/max_pooling.ts";
import { firstMaximum, maxPool as pool, unpool, windowSum } from "../engine/primitives/pooling.ts";
import { gatherAt, scatterTo } from "../engine/primitives/positions.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import { checkOptions, forAxes, forSides } from "./checks/check_options.ts";
import type { ImageExtents } from "./conv2d.ts";
import type { Layer } from "./layer.ts";

/** The geometry of a pooling layer. One number applies to height and width, or to all four sides. */
export interface PoolingOptions {
  /** Distance between neighbouring windows; a window's size unless given. */
  readonly stride?: PerAxis;
  /** How far windows reach over every border, less than a window; 0 unless given. */
  readonly pad?: PerSide;
}

/** Every window's first maximum. A constant for the gradient. */
export interface PoolingSwitches extends ImageExtents {
  /** Where windows tile the image: 1 at the maximum, elsewhere 0, [N, C, H, W]; otherwise its position, [N, C, h, w]. */
  readonly switches: Tensor;
}

/**
 * Max-pooling over windows, which may overlap. Rows and columns that do not fill a window are ignored, as in
 * PyTorch; of a window's equal maxima the first one counts. Its reverse layer is unpooling with the forward
 * pass's switches, and adds up where windows overlap.
 *
 * @param window Rows and columns of a window: one number for both, or one for each.
 * @throws {UserError} for an option outside its range; in use, when the input is not an image that the windows fit.
 */
export function maxPool(
  window: PerAxis,
  { stride = window, pad = 0 }: PoolingOptions = {},
): Layer<PoolingSwitches> {
  checkOptions("a max-pooling layer", [forAxes, { window, stride }], [forSides, { pad }]);
  const windows = { window, stride, pad };
  const [side] = perAxis(window);
  const square = [...perAxis(window), ...perAxis(stride)].every((extent) => extent === side);
  const tile = (extents: Extents) =>
    square && !perSide(pad).some(Boolean) && extents.every((extent) => extent % side === 0);
  return {
    describe: (inputShape) => ({
      outputShape: pooledShape(inputShape, { ...windows, what: "a max-pooling layer" }),
    }),
    forward(_, x) {
      const extents = [x.shape[2]!, x.shape[3]!] as const;
      return tile(extents)
        ? { output: pool(x, side), trace: { extents, switches: firstMaximum(x, side) } }
        : {
          output: windowMaxima(x, windows),
          trace: { extents, switches: maximumPositions(x, windows) },
        };
    },
    reverse: (_, { switches, extents }, gradient) =>
      tile(extents) ? unpool(gradient, switches, side) : scatterTo(gradient, switches, extents),
    linearize: (_, { switches, extents }, v) =>
      tile(extents) ? windowSum(tf.mul(v, switches), side) : gatherAt(v, switches),
  };
}

/** Windows, and the layer's name for messages. */
interface NamedWindows extends Required<PoolingOptions> {
  readonly window: PerAxis;
  /** For the message: "a max-pooling layer". */
  readonly what: string;
}

/**
 * The shape of an image after pooling.
 *
 * @throws {UserError} when the input is not an image, no window fits into it, or a window could lie in the padding.
 */
export function pooledShape(
  inputShape: readonly number[],
  { window, stride, pad, what }: NamedWindows,
): number[] {
  const [channels = 0, height = 0, width = 0] = inputShape;
  const [kernel, [top, left, bottom, right]] = [perAxis(window), perSide(pad)];
  const pooled = convolvedExtents([height, width], kernel, { stride, pad });
  const inPadding = Math.max(top, bottom) >= kernel[0] || Math.max(left, right) >= kernel[1];
  if (inputShape.length !== 3 || pooled.some((extent) => extent < 1) || inPadding) {
    const [more, wider] = paddedExtents([0, 0], pad);
    const least = `${Math.max(1, kernel[0] - more)}x${Math.max(1, kernel[1] - wider)}`;
    throw new UserError(
      `building ${what}: expected an image of at least ${least} and padding of less than the window of ${
        kernel.join("x")
      }, got the shape [${inputShape}] and ${pad}`,
    );
  }
  return [channels, ...pooled];
}
