import type { Sharp } from "sharp";
import { UserError } from "../../engine/user_error.ts";
import { imageTypeOf, isReadable, readableImage } from "./image_types.ts";

// With a static import, `deno doc` would read Node's types and warn about each of their files.
const { default: sharp } = await import("sharp");

// Images are decoded in parallel, each by one thread of libvips; a cache would not pay, since images do not repeat soon.
sharp.concurrency(1);
sharp.cache(false);

/** An image in memory. */
export interface RgbImage {
  /** Red, green and blue 0-255 of a pixel after another, row by row, [height, width, 3]. */
  readonly data: Uint8Array;
  /** Pixels in a row. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
}

type Extents = readonly [width: number, height: number];

/** The most pixels that are decoded: small files can hold images that would take all memory. */
const most = { pixels: 100_000_000, ratio: 50 };

/**
 * Decodes a JPEG, PNG, WebP or GIF image (of several pictures the first) and resizes it, its short side to a length, as torchvision's Resize does: the long side
 * rounded down, bilinear with antialiasing. Pixels are taken as they are stored: colour profiles and the camera's
 * orientation are not applied, alpha is dropped. Grey becomes RGB, and so does CMYK, through libvips's own profile.
 *
 * Values differ from those of Pillow's bilinear resizing by 2 at most where an image becomes larger or less than two times
 * smaller, by up to 7 beyond.
 *
 * @param bytes The file's contents.
 * @param shortSide The length of the short side, in pixels.
 * @throws {UserError} when it is something else, truncated or damaged, has more than 100 million pixels, or one side is more than
 * 50 times the other; the message does not know the file's name.
 */
export async function decodeImage(bytes: Uint8Array, shortSide: number): Promise<RgbImage> {
  const type = imageTypeOf(bytes);
  if (!type || !isReadable(type)) {
    const came = type ? `a file of type ${type}` : "something else";
    throw new UserError(`expected ${readableImage}, got ${came}`);
  }
  try {
    return await resized(bytes, shortSide);
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    // libvips's message is not repeated: with several images at a time it may be about another one.
    throw new UserError(
      `expected a whole ${type} image, got one that cannot be decoded`,
      1,
      { cause },
    );
  }
}

async function resized(bytes: Uint8Array, shortSide: number): Promise<RgbImage> {
  // Harmless oddities, such as bytes between markers, are decoded as Pillow does.
  const image = sharp(bytes, { failOn: "truncated", ignoreIcc: true, limitInputPixels: false });
  const { width, height, hasAlpha } = await image.metadata();
  checkExtents([width, height]);
  const opaque = hasAlpha ? await withoutAlpha(image) : image;
  const extents = resizedExtents(width, height, shortSide);
  // The whole image is always decoded, so that a truncated end is noticed.
  return Math.min(width, height) < shortSide
    ? await enlarged(opaque, extents)
    : await scaled(opaque, extents);
}

function checkExtents([width, height]: Extents): void {
  const ratio = Math.max(width / height, height / width);
  if (width * height <= most.pixels && ratio <= most.ratio) return;
  throw new UserError(
    `expected an image of at most ${most.pixels} pixels, no side longer than ${most.ratio} times the other, ` +
      `got ${width} x ${height}`,
  );
}

/** Resizes an image, bilinear. */
async function scaled(image: Sharp, [width, height]: Extents): Promise<RgbImage> {
  const data = await image
    .resize(width, height, { fit: "fill", kernel: "linear", fastShrinkOnLoad: false })
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer();
  return { data, width, height };
}

/**
 * Makes an image larger. libvips's enlarged images are shifted half a pixel to the lower right; at twice the size, that is where
 * every second pixel belongs.
 */
async function enlarged(image: Sharp, [width, height]: Extents): Promise<RgbImage> {
  const twice = await scaled(image, [2 * width, 2 * height]);
  const data = new Uint8Array(3 * width * height);
  for (let y = 0, to = 0; y < height; y++) {
    let from = 3 * ((2 * y + 1) * twice.width + 1);
    for (let x = 0; x < width; x++, to += 3, from += 6) {
      data[to] = twice.data[from]!;
      data[to + 1] = twice.data[from + 1]!;
      data[to + 2] = twice.data[from + 2]!;
    }
  }
  return { data, width, height };
}

/** Width and height after resizing. */
function resizedExtents(width: number, height: number, shortSide: number): Extents {
  return width <= height
    ? [shortSide, Math.floor(shortSide * height / width)]
    : [Math.floor(shortSide * width / height), shortSide];
}

/** Only the colours: resizing would mix them according to alpha. */
async function withoutAlpha(image: Sharp): Promise<Sharp> {
  const { data, info } = await image
    .removeAlpha()
    .toColourspace("srgb")
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: info });
}
