import { sharedFloats } from "../engine/shared_memory.ts";
import { perChannel, type Scale } from "./scale.ts";

/** The inputs of published networks: channels in the network's order, (pixel / unit - mean) / deviation. */
interface PixelScale {
  /** Which of red, green and blue, 0 to 2, each channel is. Applying the order twice gives the original. */
  readonly order: readonly [number, number, number];
  readonly unit: number;
  readonly means: readonly [number, number, number];
  readonly deviations: readonly [number, number, number];
}

/** ImageNet's means and standard deviations, from torchvision. */
const torchvision: PixelScale = {
  order: [0, 1, 2],
  unit: 255,
  means: [0.485, 0.456, 0.406],
  deviations: [0.229, 0.224, 0.225],
};

/** ImageNet's mean pixel, from Caffe's models. */
const caffe: PixelScale = {
  order: [2, 1, 0],
  unit: 1,
  means: [104.00699, 116.66877, 122.67892],
  deviations: [1, 1, 1],
};

/** What {@link torchvisionPixels} does. */
export const torchvisionScale: Scale = scaleOf("torchvision", torchvision);

/** What {@link caffePixels} does. */
export const caffeScale: Scale = scaleOf("caffe", caffe);

function scaleOf(name: string, { order, unit, means, deviations }: PixelScale): Scale {
  return {
    name,
    order,
    mean: perChannel(means.map((mean) => unit * mean)),
    deviation: perChannel(deviations.map((deviation) => unit * deviation)),
  };
}

/**
 * Inputs of torchvision's networks: red, green and blue, (pixel / 255 - mean) / deviation with the means .485, .456, .406 and
 * the deviations .229, .224, .225.
 *
 * @param pixels RGB 0-255, [n, 3, H, W].
 * @param plane H W, the pixels of an image.
 * @returns [n, 3, H, W], in memory that threads share.
 * @throws {RangeError} when the numbers are not whole images.
 */
export function torchvisionPixels(pixels: Float32Array, plane: number): Float32Array {
  return scaled(pixels, plane, torchvision);
}

/**
 * Undoes {@link torchvisionPixels}.
 *
 * @param inputs [n, 3, H, W].
 * @param plane H W.
 * @returns RGB 0-255, [n, 3, H, W], unclipped, in memory that threads share.
 * @throws {RangeError} when the numbers are not whole images.
 */
export function fromTorchvisionPixels(inputs: Float32Array, plane: number): Float32Array {
  return unscaled(inputs, plane, torchvision);
}

/**
 * Inputs of Caffe's networks: blue, green and red, pixels 0-255 minus the mean pixel 104.00699, 116.66877, 122.67892.
 *
 * @param pixels RGB 0-255, [n, 3, H, W].
 * @param plane H W, the pixels of an image.
 * @returns [n, 3, H, W], in memory that threads share.
 * @throws {RangeError} when the numbers are not whole images.
 */
export function caffePixels(pixels: Float32Array, plane: number): Float32Array {
  return scaled(pixels, plane, caffe);
}

/**
 * Undoes {@link caffePixels}.
 *
 * @param inputs [n, 3, H, W].
 * @param plane H W.
 * @returns RGB 0-255, [n, 3, H, W], unclipped, in memory that threads share.
 * @throws {RangeError} when the numbers are not whole images.
 */
export function fromCaffePixels(inputs: Float32Array, plane: number): Float32Array {
  return unscaled(inputs, plane, caffe);
}

function scaled(
  pixels: Float32Array,
  plane: number,
  { order, unit, means, deviations }: PixelScale,
): Float32Array {
  return mapPlanes(pixels, plane, order, (value, channel) => {
    return (value / unit - means[channel]!) / deviations[channel]!;
  });
}

function unscaled(
  inputs: Float32Array,
  plane: number,
  { order, unit, means, deviations }: PixelScale,
): Float32Array {
  return mapPlanes(inputs, plane, order, (value, _, from) => {
    return (value * deviations[from]! + means[from]!) * unit;
  });
}

/** Applies a function to every value, and takes channel c of every image from channel order[c]. */
function mapPlanes(
  images: Float32Array,
  plane: number,
  order: PixelScale["order"],
  fn: (value: number, channel: number, from: number) => number,
): Float32Array {
  if (!Number.isInteger(images.length / (3 * plane))) {
    throw new RangeError(
      `scaling pixels: expected images of 3 x ${plane} values, got ${images.length} values`,
    );
  }
  const out = sharedFloats(images.length);
  for (let start = 0; start < out.length; start += plane) {
    const channel = (start / plane) % 3;
    const from = order[channel]!;
    const source = start + (from - channel) * plane;
    for (let i = 0; i < plane; i++) out[start + i] = fn(images[source + i]!, channel, from);
  }
  return out;
}
