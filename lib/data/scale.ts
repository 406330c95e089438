import type { NDArray } from "../engine/nd_array.ts";

/**
 * How pixels 0-255, [C, H, W], become what a network takes: its channels in another order, minus a mean, divided by a deviation;
 * for CIFAR-10 also with one contrast for all images, and whitened. Steps that are left out are skipped. `inPixels` puts a
 * scale in front of a network.
 */
export interface Scale {
  /** What it is called in settings and results. */
  readonly name: string;
  /** Which of red, green and blue, 0 to 2, each channel is. */
  readonly order?: readonly number[];
  /** The mean to subtract; its shape broadcasts with an image: [1], [C, 1, 1] or [C, H, W]. */
  readonly mean?: NDArray;
  /** The deviation to divide by, afterwards; of such a shape too. */
  readonly deviation?: NDArray;
  /** The standard deviation that every image is then brought to, after its own mean is subtracted. */
  readonly contrast?: number;
  /** The matrix that the image, as one row, is multiplied by at the end, [C H W, C H W]. */
  readonly whitening?: NDArray;
}

/** Pixels 0-255 as they are. */
export const noScale: Scale = { name: "none" };

/** Pixels 0-1. */
export const unitScale: Scale = {
  name: "unit",
  deviation: { shape: [1], data: Float32Array.of(255) },
};

/** Pixels 0-255 minus a mean image, as in MatConvNet. */
export function meanImageScale(mean: Float64Array, shape: readonly number[]): Scale {
  return { name: "mean image", mean: { shape, data: Float32Array.from(mean) } };
}

/** One number, or one for every channel. */
export function perChannel(numbers: readonly number[]): NDArray {
  const shape = numbers.length === 1 ? [1] : [numbers.length, 1, 1];
  return { shape, data: Float32Array.from(numbers) };
}
