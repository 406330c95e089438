/**
 * CIFAR-10's first training images as networks take them, so that no benchmark fetches the whole: `cifar10.bin` is laid out like
 * the original binary version, but has whitened inputs in place of pixels, rounded to 8 bits.
 * `deno run --allow-read --allow-write --allow-ffi --allow-env --allow-sys tests/bench/cifar10_images.ts` writes it, from the
 * data set in data/cache/.
 *
 * @module
 */

import { imageLength } from "../../lib/data/cifar10/batches.ts";
import { loadCifar10 } from "../../lib/data/cifar10/cifar10.ts";
import { firstImages } from "../../lib/data/first_images.ts";
import type { Split } from "../../lib/data/dataset.ts";

const file = new URL("./cifar10.bin", import.meta.url);
const count = 100;

/** What inputs are rounded to multiples of: their standard deviation is 38, the largest of these 342. */
const unit = 2.75;

/** The images, [100, 3, 32, 32], and their classes. */
export async function cifar10Images(): Promise<Split> {
  const bytes = new Int8Array((await Deno.readFile(file)).buffer);
  const images = new Float32Array(count * imageLength);
  const labels = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * (1 + imageLength);
    labels[i] = bytes[at]!;
    images.set(bytes.subarray(at + 1, at + 1 + imageLength), i * imageLength);
  }
  return { images: images.map((n) => n * unit), labels, count };
}

if (import.meta.main) {
  const { images, labels } = firstImages(await loadCifar10(), { train: count }).train;
  const bytes = new Int8Array(count * (1 + imageLength));
  for (let i = 0; i < count; i++) {
    const at = i * (1 + imageLength);
    const own = images.subarray(i * imageLength, (i + 1) * imageLength);
    bytes[at] = labels[i]!;
    bytes.set(own.map((x) => Math.round(x / unit)), at + 1);
  }
  await Deno.writeFile(file, new Uint8Array(bytes.buffer));
}
