import type { RgbImage } from "./decode_image.ts";

/** A square of an image. */
export interface Crop {
  /** Columns left of it; negative where it reaches beyond the image. */
  readonly left: number;
  /** Rows above it; negative where it reaches beyond the image. */
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
 * @param border How many pixels it may reach beyond the image on each side; 0 unless given.
 */
export function randomCrop(
  { width, height }: RgbImage,
  size: number,
  next: () => number,
  border = 0,
): Crop {
  const place = (extent: number) => Math.floor(next() * (extent + 2 * border - size + 1)) - border;
  return { left: place(width), top: place(height), mirrored: next() < 0.5 };
}

/**
 * Copies a square of an image. Beyond the image, the pixels at its edge are repeated.
 *
 * @param planes The destination: red, green and blue, [3, size, size].
 */
export function copyCrop(
  { data, width, height }: RgbImage,
  { left, top, mirrored }: Crop,
  size: number,
  planes: Float32Array,
): void {
  const columns = Int32Array.from({ length: size }, (_, x) => 3 * within(left + x, width));
  if (mirrored) columns.reverse();
  const plane = size * size;
  for (let y = 0, to = 0; y < size; y++) {
    const row = 3 * within(top + y, height) * width;
    for (let x = 0; x < size; x++, to++) {
      const from = row + columns[x]!;
      planes[to] = data[from]!;
      planes[to + plane] = data[from + 1]!;
      planes[to + 2 * plane] = data[from + 2]!;
    }
  }
}

/** The nearest of the places 0 .. count - 1. */
function within(place: number, count: number): number {
  return Math.min(Math.max(place, 0), count - 1);
}

/** Rounds as Python does. */
function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  return x - down === 0.5 ? down + down % 2 : Math.round(x);
}
