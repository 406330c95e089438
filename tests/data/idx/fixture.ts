/** Bytes of a value, and what writes one, by the type that a header states. */
const writers: Readonly<
  Record<number, [width: number, write: (view: DataView, at: number, value: number) => void]>
> = {
  0x09: [1, (view, at, value) => view.setInt8(at, value)],
  0x0b: [2, (view, at, value) => view.setInt16(at, value)],
  0x0c: [4, (view, at, value) => view.setInt32(at, value)],
  0x0d: [4, (view, at, value) => view.setFloat32(at, value)],
  0x0e: [8, (view, at, value) => view.setFloat64(at, value)],
};

/** The bytes of an IDX file, with a header that may lie. */
export function idxBytes(
  shape: readonly number[],
  values: Iterable<number>,
  { type = 8, rank = shape.length }: { type?: number; rank?: number } = {},
): Uint8Array<ArrayBuffer> {
  const data = [...values];
  const [width, write] = writers[type] ?? [1, (view, at, value) => view.setUint8(at, value)];
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + width * data.length);
  bytes.set([0, 0, type, rank]);
  const view = new DataView(bytes.buffer);
  shape.forEach((extent, i) => view.setUint32(4 + 4 * i, extent));
  data.forEach((value, i) => write(view, start + width * i, value));
  return bytes;
}

/** The same bytes, gzipped. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Runs a test in a new folder that is removed after it. */
export async function withFolder(test: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await test(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Writes files into a folder: contents by name. */
export async function writeFiles(
  dir: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${dir}/${name}`, bytes);
}

/** A small dataset in MNIST's layout: 4 training and 2 test images of 2 x 3 pixels, 3 classes. */
export function smallDataset(): Record<string, Uint8Array<ArrayBuffer>> {
  const pixels = (count: number, seed: number) =>
    Array.from({ length: count * 6 }, (_, i) => (i * i * 37 + seed) % 256);
  return {
    "train-images-idx3-ubyte": idxBytes([4, 2, 3], pixels(4, 11)),
    "train-labels-idx1-ubyte": idxBytes([4], [0, 2, 1, 2]),
    "t10k-images-idx3-ubyte": idxBytes([2, 2, 3], pixels(2, 5)),
    "t10k-labels-idx1-ubyte": idxBytes([2], [2, 0]),
  };
}
