import assert from "node:assert/strict";
import sharp from "sharp";
import { decodeImage } from "../../../lib/data/images/decode_image.ts";
import { isUserError } from "../user_error.ts";
import { drawn, jpeg, type Pixel, png, pngHeader, texture } from "./image_fixture.ts";

const orange: Pixel = () => [200, 100, 50];

/** The largest difference of two lists of numbers. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** A line of pixels resized with the triangle filter, which grows with the reduction: bilinear with antialiasing. */
function resizedLine(line: readonly number[], length: number): number[] {
  const scale = line.length / length;
  const support = Math.max(scale, 1);
  return Array.from({ length }, (_, to) => {
    const centre = (to + 0.5) * scale;
    let [sum, weights] = [0, 0];
    const first = Math.max(0, Math.floor(centre - support));
    const last = Math.min(line.length - 1, Math.ceil(centre + support));
    for (let i = first; i <= last; i++) {
      const weight = Math.max(0, 1 - Math.abs(i + 0.5 - centre) / support);
      sum += weight * line[i]!;
      weights += weight;
    }
    return sum / weights;
  });
}

/** One channel of a picture, resized in float64: columns, then rows. */
function resizedChannel(
  pixel: Pixel,
  channel: number,
  [width, height]: readonly [number, number],
  [toWidth, toHeight]: readonly [number, number],
): number[] {
  const columns = Array.from(
    { length: width },
    (_, x) =>
      resizedLine(Array.from({ length: height }, (_, y) => pixel(x, y)[channel]!), toHeight),
  );
  return Array.from(
    { length: toHeight },
    (_, y) => resizedLine(columns.map((column) => column[y]!), toWidth),
  ).flat();
}

const SIZES = [
  { name: "1.5 times smaller", from: [90, 70], shortSide: 48, to: [61, 48], within: 2 },
  { name: "1.6 times smaller, upright", from: [50, 75], shortSide: 32, to: [32, 48], within: 2 },
  { name: "of that size", from: [40, 32], shortSide: 32, to: [40, 32], within: 0 },
  { name: "three times smaller", from: [151, 100], shortSide: 32, to: [48, 32], within: 3 },
  { name: "nine times smaller", from: [300, 280], shortSide: 32, to: [34, 32], within: 7 },
  { name: "larger", from: [30, 20], shortSide: 32, to: [48, 32], within: 1 },
] as const;

for (const { name, from, shortSide, to, within } of SIZES) {
  Deno.test(`decodeImage: made ${name}, a picture is what the triangle filter makes of it, within ${within}`, async () => {
    const pixel = texture(3);
    const image = await decodeImage(await png(from[0], from[1], pixel), shortSide);
    assert.deepEqual([image.width, image.height], to);
    for (const channel of [0, 1, 2]) {
      const expected = resizedChannel(pixel, channel, from, to);
      const got = Array.from(image.data).filter((_, i) => i % 3 === channel);
      assert.ok(distance(got, expected) <= within, `${distance(got, expected)} in ${channel}`);
    }
  });
}

Deno.test("decodeImage: a large JPEG file is resized as a PNG file of the same picture", async () => {
  const [fromJpeg, fromPng] = [
    await decodeImage(await jpeg(450, 400, texture(1)), 90),
    await decodeImage(await png(450, 400, texture(1)), 90),
  ];
  assert.ok(distance(fromJpeg.data, fromPng.data) <= 2, `${distance(fromJpeg.data, fromPng.data)}`);
});

Deno.test("decodeImage: the long side is rounded down as in torchvision", async () => {
  for (
    const [width, height, expected] of [[500, 375, [341, 256]], [333, 500, [256, 384]]] as const
  ) {
    const image = await decodeImage(await png(width, height, orange), 256);
    assert.deepEqual([image.width, image.height], expected);
    assert.equal(image.data.length, 3 * expected[0] * expected[1]);
  }
});

/** Two pictures, the first one orange. */
async function movingGif(): Promise<Uint8Array> {
  const blue: Pixel = () => [0, 0, 255];
  const pictures = await Promise.all([orange, blue].map((pixel) => png(20, 16, pixel)));
  return await sharp(pictures, { join: { animated: true } }).gif().toBuffer();
}

const KINDS: Readonly<
  Record<string, [bytes: () => Promise<Uint8Array>, rgb: number[], within: number]>
> = {
  "a JPEG file": [() => jpeg(20, 16, orange), [200, 100, 50], 1],
  "a PNG file": [() => png(20, 16, orange), [200, 100, 50], 0],
  "a grey JPEG file": [() => jpeg(20, 16, () => [77]), [77, 77, 77], 0],
  "a grey PNG file": [() => png(20, 16, () => [77]), [77, 77, 77], 0],
  "a PNG file with a palette": [
    () => drawn(20, 16, orange).png({ palette: true }).toBuffer(),
    [200, 100, 50],
    0,
  ],
  "a WebP file": [
    () => drawn(20, 16, orange).webp({ lossless: true }).toBuffer(),
    [200, 100, 50],
    0,
  ],
  "a transparent WebP file, whose colour counts": [
    () =>
      drawn(20, 16, (x) => [200, 100, 50, x % 2 ? 255 : 9])
        .webp({ lossless: true, exact: true }).toBuffer(),
    [200, 100, 50],
    0,
  ],
  "a GIF file": [() => drawn(20, 16, orange).gif().toBuffer(), [200, 100, 50], 0],
  "the first picture of a moving GIF file": [movingGif, [200, 100, 50], 0],
  "a PNG file of 16 bits": [
    () => drawn(20, 16, orange).toColourspace("rgb16").png().toBuffer(),
    [200, 100, 50],
    0,
  ],
  "transparent pixels, whose colour counts": [
    () => png(20, 16, (x) => [200, 100, 50, x % 2 ? 255 : 0]),
    [200, 100, 50],
    0,
  ],
  "transparent grey": [() => png(20, 16, () => [77, 9]), [77, 77, 77], 0],
  "a colour profile, which is not applied": [
    () => drawn(20, 16, () => [0, 255, 0]).withIccProfile("p3").png().toBuffer(),
    [117, 251, 76], // what the file stores for it
    3,
  ],
  "CMYK, through libvips's profile": [
    () => drawn(20, 16, orange).toColourspace("cmyk").jpeg({ quality: 100 }).toBuffer(),
    [200, 100, 50],
    30, // not every colour can be printed
  ],
};

for (const [name, [make, rgb, within]] of Object.entries(KINDS)) {
  Deno.test(`decodeImage: reads ${name}`, async () => {
    const { data, width, height } = await decodeImage(await make(), 8);
    assert.deepEqual([width, height, data.length], [10, 8, 240]);
    const expected = Array.from(data, (_, i) => rgb[i % 3]!);
    assert.ok(distance(data, expected) <= within, `${data.subarray(0, 3)}`);
  });
}

Deno.test("decodeImage: the camera's orientation is not applied, as in torchvision", async () => {
  const turned = await drawn(40, 20, orange).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  const { width, height } = await decodeImage(turned, 10);
  assert.deepEqual([width, height], [20, 10]);
});

Deno.test("decodeImage: what Pillow reads with a warning is read: bytes after the end", async () => {
  const whole = await jpeg(60, 40, texture());
  const longer = new Uint8Array(whole.length + 99);
  longer.set(whole);
  assert.deepEqual(await decodeImage(longer, 32), await decodeImage(whole, 32));
});

/** The first part of a file. */
const part = (bytes: Uint8Array, share: number) => bytes.slice(0, Math.floor(share * bytes.length));
const text = (contents: string) => new TextEncoder().encode(contents);

const notWhole = (format: string) =>
  new RegExp(
    `^expected a whole ${format} image, got one that cannot be decoded$`,
  );
const unread = (type: string) => new RegExp(`WebP or GIF image, got a file of type ${type}$`);
const neither = /^expected a JPEG, PNG, WebP or GIF image, got something else$/;

const BAD: Readonly<
  Record<string, [bytes: () => Promise<Uint8Array> | Uint8Array, message: RegExp]>
> = {
  "half a JPEG file": [async () => part(await jpeg(200, 150, texture()), 0.5), notWhole("JPEG")],
  "a JPEG file without its last bytes": [
    async () => part(await jpeg(200, 150, texture()), 0.99),
    notWhole("JPEG"),
  ],
  "a progressive JPEG file cut off": [
    async () => part(await drawn(200, 150, texture()).jpeg({ progressive: true }).toBuffer(), 0.8),
    notWhole("JPEG"),
  ],
  "a JPEG file's first bytes": [
    async () => (await jpeg(9, 9, orange)).slice(0, 3),
    notWhole("JPEG"),
  ],
  "half a PNG file": [async () => part(await png(200, 150, texture()), 0.5), notWhole("PNG")],
  "a damaged PNG file": [
    async () => {
      const bytes = Uint8Array.from(await png(200, 150, texture()));
      bytes[bytes.length >> 1]! ^= 255;
      return bytes;
    },
    notWhole("PNG"),
  ],
  "a text file": [() => text("hello"), neither],
  "a drawing": [
    () => text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    neither,
  ],
  "half a WebP file": [
    async () => part(await drawn(200, 150, texture()).webp().toBuffer(), 0.5),
    notWhole("WebP"),
  ],
  "half a GIF file": [
    async () => part(await drawn(200, 150, texture()).gif().toBuffer(), 0.5),
    notWhole("GIF"),
  ],
  "a BMP file": [() => text("BM and more"), unread("BMP")],
  "a TIFF file": [() => drawn(9, 9, orange).tiff().toBuffer(), unread("TIFF")],
  "an AVIF file": [() => drawn(9, 9, orange).avif().toBuffer(), unread("AVIF")],
  "an empty file": [() => new Uint8Array(), neither],
};

for (const [name, [make, message]] of Object.entries(BAD)) {
  Deno.test(`decodeImage: refuses ${name} in one line`, async () => {
    await assert.rejects(decodeImage(await make(), 8), isUserError(message));
  });
}

const tooLarge = (extents: string) =>
  new RegExp(
    `^expected an image of at most 100000000 pixels, no side longer than 50 times the other, got ${extents}$`,
  );

const BOMBS: Readonly<Record<string, [width: number, height: number]>> = {
  "a column of pixels": [1, 4000],
  "a row of pixels": [4000, 1],
  "a strip of pixels": [40, 2001],
  "more than a hundred million pixels": [10_001, 10_000],
  "more pixels than libvips takes": [30_000, 30_000],
};

for (const [name, [width, height]] of Object.entries(BOMBS)) {
  Deno.test(`decodeImage: refuses ${name} by the header alone`, async () => {
    await assert.rejects(
      decodeImage(pngHeader(width, height), 256),
      isUserError(tooLarge(`${width} x ${height}`)),
    );
  });
}

Deno.test("decodeImage: a side 50 times the other is read", async () => {
  const { width, height } = await decodeImage(await png(4, 200, orange), 8);
  assert.deepEqual([width, height], [8, 400]);
});
