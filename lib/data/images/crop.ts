import type { RgbImage } from "./decode_image.ts";

/** A square of an image. */
export interface Crop {
  /** Columns left of it. */
  readonly left: number;
  /** Rows above it. */
  readonly top: number;
  /** Whether left and right are exchanged. */
  readonly mirrored: boolean;
}

/** The square in the middle, as in torchvision's CenterCrop: halves are rounded to even numbers. */
export function centreCrop({ width, height }: RgbImage, size: number): Crop {
  return {
    left: roundHalfEven((width - size) / 2),
    top: roundHalfEven((height - size) / 2),
    mirrored: false,
  };
}

/**
 * A random square of an image, mirrored with probability 1/2.
 *
 * @param next Uniform numbers on [0, 1); it takes three.
 */
export function randomCrop({ width, height }: RgbImage, size: number, next: () => number): Crop {
  return {
    left: Math.floor(next() * (width - size + 1)),
    top: Math.floor(next() * (height - size + 1)),
    mirrored: next() < 0.5,
  };
}

/**
 * Copies a square of an image.
 *
 * @param planes The destination: red, green and blue, [3, size, size].
 */
export function copyCrop(
  { data, width }: RgbImage,
  { left, top, mirrored }: Crop,
  size: number,
  planes: Float32Array,
): void {
  const first = mirrored ? left + size - 1 : left;
  const step = mirrored ? -3 : 3;
  const plane = size * size;
  for (let y = 0, to = 0; y < size; y++) {
    let from = 3 * ((top + y) * width + first);
    for (let x = 0; x < size; x++, to++, from += step) {
      planes[to] = data[from]!;
      planes[to + plane] = data[from + 1]!;
      planes[to + 2 * plane] = data[from + 2]!;
    }
  }
}

/** Rounds as Python does. */
function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + down % 2 : Math.round(x);
}
