import * as tf from "@tensorflow/tfjs";
import { convolvedExtent } from "../engine/primitives/convolution.ts";
import { maximumPositions, windowMaxima } from "../engine/primitives/max_pooling.ts";
import { firstMaximum, maxPool as pool, unpool, windowSum } from "../engine/primitives/pooling.ts";
import { gatherAt, scatterTo } from "../engine/primitives/positions.ts";
import type { Tensor } from "../engine/tensor.ts";
import { UserError } from "../engine/user_error.ts";
import type { ImageExtents } from "./conv2d.ts";
import type { Layer } from "./layer.ts";

/** How a pooling layer steps over its input: the same along height and width. */
export interface PoolingOptions {
  /** Distance between neighbouring windows; a window's size unless given. */
  readonly stride?: number;
  /** How far windows reach over every border, at most half a window; 0 unless given. */
  readonly pad?: number;
}

/** Every window's first maximum. A constant for the gradient. */
export interface PoolingSwitches extends ImageExtents {
  /** Where windows tile the image: 1 there, elsewhere 0, [N, C, H, W]; else its position, [N, C, h, w]. */
  readonly switches: Tensor;
}

/**
 * Max-pooling over square windows, which may overlap. Rows and columns that no whole window fits are left out, as
 * PyTorch does; of a window's maxima the first one counts. Its reverse layer is unpooling with the forward
 * pass's switches, and adds up where windows overlap.
 *
 * @param window Rows and columns of a window.
 */
export function maxPool(
  window: number,
  { stride = window, pad = 0 }: PoolingOptions = {},
): Layer<PoolingSwitches> {
  const windows = { window, stride, pad };
  const tile = (extents: readonly number[]) =>
    stride === window && pad === 0 && extents.every((extent) => extent % window === 0);
  return {
    describe(inputShape) {
      const [channels = 0, ...extents] = inputShape;
      const pooled = extents.map((extent) => convolvedExtent(extent, window, windows));
      if (inputShape.length !== 3 || pooled.some((extent) => extent < 1) || 2 * pad > window) {
        const least = window - 2 * pad;
        throw new UserError(
          `building a max-pooling layer: expected an image of at least ${least}x${least} and padding of at most half the window of ${window}, got the shape [${inputShape}] and ${pad}`,
        );
      }
      return { outputShape: [channels, ...pooled] };
    },
    forward(_, x) {
      const extents = [x.shape[2]!, x.shape[3]!] as const;
      return tile(extents)
        ? { output: pool(x, window), trace: { extents, switches: firstMaximum(x, window) } }
        : {
          output: windowMaxima(x, windows),
          trace: { extents, switches: maximumPositions(x, windows) },
        };
    },
    reverse: (_, { switches, extents }, gradient) =>
      tile(extents) ? unpool(gradient, switches, window) : scatterTo(gradient, switches, extents),
    linearize: (_, { switches, extents }, v) =>
      tile(extents) ? windowSum(tf.mul(v, switches), window) : gatherAt(v, switches),
  };
}
