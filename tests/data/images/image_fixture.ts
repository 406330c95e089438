import { crc32 } from "node:zlib";
import sharp, { type Sharp } from "sharp";

/** The channels of a pixel, 0-255. */
export type Pixel = (x: number, y: number) => readonly number[];

/** An image made of a function of its pixels, to be written in a format. */
export function drawn(width: number, height: number, pixel: Pixel): Sharp {
  const data = Array.from(
    { length: width * height },
    (_, i) => pixel(i % width, Math.floor(i / width)),
  );
  const channels = data[0]!.length as 1 | 2 | 3 | 4;
  const image = sharp(Uint8Array.from(data.flat()), { raw: { width, height, channels } });
  return channels < 3 ? image.toColourspace("b-w") : image;
}

/** A JPEG file of best quality. */
export async function jpeg(width: number, height: number, pixel: Pixel): Promise<Uint8Array> {
  return await drawn(width, height, pixel).jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
    .toBuffer();
}

/** A PNG file. */
export async function png(width: number, height: number, pixel: Pixel): Promise<Uint8Array> {
  return await drawn(width, height, pixel).png().toBuffer();
}

/** A PNG file of black and white pixels that has its header and none of its pixels. */
export function pngHeader(width: number, height: number): Uint8Array {
  const chunk = (type: string, data: readonly number[]) => {
    const body = [...new TextEncoder().encode(type), ...data];
    return [...bigEndian(data.length), ...body, ...bigEndian(crc32(Uint8Array.from(body)))];
  };
  const header = [...bigEndian(width), ...bigEndian(height), 1, 0, 0, 0, 0];
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return Uint8Array.from([
    ...signature,
    ...chunk("IHDR", header),
    ...chunk("IDAT", []),
    ...chunk("IEND", []),
  ]);
}

function bigEndian(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}

/** A picture with fine and coarse structure, of another kind for every key. */
export function texture(key = 0): Pixel {
  return (x, y) =>
    [0, 1, 2].map((channel) =>
      Math.round(
        128 + 60 * Math.sin(x / 7 + channel + key) + 40 * Math.cos(y / 11 - x / 23 * channel) +
          ((x * 7 + y * 13 + key) % 20),
      )
    );
}

/** Writes files into new folders: contents by path. */
export async function writeTree(
  dir: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  for (const [path, contents] of Object.entries(files)) {
    const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
    await Deno.mkdir(`${dir}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(`${dir}/${path}`, bytes);
  }
}
