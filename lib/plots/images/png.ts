import { crc32, deflateSync } from "node:zlib";

const signature = [137, 80, 78, 71, 13, 10, 26, 10];

/** Encodes an RGB picture as a PNG `data:` URI; see {@link encodePng}. */
export function pngDataUri(rgb: Uint8Array, width: number, height: number): string {
  return `data:image/png;base64,${encodePng(rgb, width, height).toBase64()}`;
}

/**
 * Encodes an RGB picture as a PNG file.
 *
 * @param rgb Channels 0-255 in raster order, `[height, width, 3]`.
 * @throws {RangeError} when `rgb` does not hold `height * width * 3` values.
 */
export function encodePng(rgb: Uint8Array, width: number, height: number): Uint8Array {
  if (rgb.length !== width * height * 3) {
    throw new RangeError(
      `encoding a ${width}x${height} PNG: expected ${
        width * height * 3
      } channels, got ${rgb.length}`,
    );
  }
  const header = new Uint8Array([...bigEndian(width), ...bigEndian(height), 8, 2, 0, 0, 0]);
  return new Uint8Array([
    ...signature,
    ...chunk("IHDR", header),
    ...chunk("IDAT", deflateSync(scanLines(rgb, width, height), { level: 9 })),
    ...chunk("IEND", new Uint8Array()),
  ]);
}

/** Every row of pixels, after a byte that means "not filtered". */
function scanLines(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const lines = new Uint8Array(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) {
    lines.set(rgb.subarray(y * 3 * width, (y + 1) * 3 * width), y * (1 + 3 * width) + 1);
  }
  return lines;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const body = new Uint8Array([...new TextEncoder().encode(type), ...content]);
  return new Uint8Array([...bigEndian(content.length), ...body, ...bigEndian(crc32(body))]);
}

function bigEndian(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}
