import { UserError } from "../../engine/user_error.ts";
import type { Idx, IdxValues } from "./idx.ts";

/** The images of an IDX file. */
export interface IdxImages {
  /** Where they were read from, for messages. */
  readonly path: string;
  /** Pixels 0-255, [count, C, H, W]. */
  readonly pixels: IdxValues;
  /** How many images, at least 1. */
  readonly count: number;
  /** The extents [C, H, W] of an image; C is 1 or 3. */
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** The layout of an image's values: its extents, and whether the channels of a pixel are neighbours. */
interface Layout {
  readonly shape: IdxImages["shape"];
  readonly interleaved?: boolean;
}

/**
 * The images of an IDX file: grey ones, [count, height, width]; grey and square ones as rows, [count, height x width]; grey or RGB
 * ones, [count, height, width, channels] or [count, channels, height, width].
 *
 * @throws {UserError} when there are none, the extents have another form, or a value is not a pixel 0-255.
 */
export function imagesOf(idx: Idx): IdxImages {
  const { path, shape: extents, data } = idx;
  if (data.length === 0) {
    throw new UserError(
      `reading ${path}: expected at least one image, got shape ${extents.join(" x ")}`,
    );
  }
  const { shape, interleaved } = layoutOf(idx);
  checkPixels(path, data, extents[0]!);
  const pixels = interleaved ? planesOf(data, shape) : data;
  return { path, pixels, count: extents[0]!, shape };
}

function layoutOf({ path, shape }: Idx): Layout {
  const [, first, second, third] = shape;
  if (first !== undefined && second === undefined) {
    const side = Math.sqrt(first);
    if (Number.isInteger(side)) return { shape: [1, side, side] };
    throw new UserError(
      `reading ${path}: expected rows of square images, got shape ${shape.join(" x ")}; ` +
        "other images need their extents in the file: [count, height, width]",
    );
  }
  if (first !== undefined && second !== undefined) {
    if (third === undefined) return { shape: [1, first, second] };
    if (isChannels(third)) return { shape: [third, first, second], interleaved: third > 1 };
    if (isChannels(first)) return { shape: [first, second, third] };
  }
  throw new UserError(
    `reading ${path}: expected images [count, height, width], [count, height, width, channels] or ` +
      `[count, channels, height, width] of 1 or 3 channels, got shape ${shape.join(" x ")}`,
  );
}

/** Whether an extent can be the channels of grey or RGB images. */
function isChannels(extent: number): boolean {
  return extent === 1 || extent === 3;
}

/** Throws unless all values are 0 to 255; fractions 0 to 1 are refused. */
function checkPixels(path: string, values: IdxValues, count: number): void {
  if (values instanceof Uint8Array) return;
  const fail = (came: string) =>
    new UserError(`reading ${path}: expected pixels 0 to 255, got ${came}`);
  const length = values.length / count;
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= 255)) throw fail(`${value} in image ${Math.floor(i / length)}`);
    largest = Math.max(largest, value);
  }
  if (largest <= 1 && !values.every(Number.isInteger)) {
    throw fail("fractions 0 to 1; multiply them by 255");
  }
}

/** The planes of images that store the channels of each pixel together. */
function planesOf(values: IdxValues, [channels, height, width]: IdxImages["shape"]): IdxValues {
  const planes = values.slice();
  const plane = height * width;
  for (let start = 0; start < values.length; start += channels * plane) {
    for (let i = 0; i < channels * plane; i++) {
      planes[start + (i % channels) * plane + Math.floor(i / channels)] = values[start + i]!;
    }
  }
  return planes;
}
