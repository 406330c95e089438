import type { NDArray } from "../engine/nd_array.ts";
import { believed, damaged } from "../files/damage.ts";
import { readIfThere, writeWhole } from "../files/files.ts";
import { decodeSafetensors, encodeSafetensors } from "../networks/safetensors.ts";

/** A test image, DeepFool's attacked image, and the classes predicted for both. */
export interface Picture {
  /** Pixels 0-255, `[C, H, W]`. */
  readonly original: Float32Array;
  /** The attacked image in the same form; it may leave 0-255. */
  readonly perturbed: Float32Array;
  /** The true class. */
  readonly label: number;
  /** The class predicted for the original. */
  readonly predicted: number;
  /** The class predicted for the attacked image. */
  readonly fooledAs: number;
  /** ||Delta_x|| / ||x||; undefined where ||x|| = 0. */
  readonly ratio?: number;
}

/** Pictures of one network's attacked images. */
export interface Pictures {
  /** `[C, H, W]` of every image. */
  readonly shape: readonly [number, number, number];
  readonly images: readonly Picture[];
}

/** The path of a run's pictures. */
function pathIn(folder: string): string {
  return `${folder}/pictures.safetensors`;
}

/** Whether a run has pictures. */
export async function hasPictures(folder: string): Promise<boolean> {
  return await Deno.stat(pathIn(folder)).then(() => true, () => false);
}

/** Writes a run's pictures.safetensors. */
export async function writePictures(folder: string, { shape, images }: Pictures): Promise<void> {
  const numbers = (of: (image: Picture) => number): NDArray => ({
    shape: [images.length],
    data: Float32Array.from(images, of),
  });
  const pixels = (of: (image: Picture) => Float32Array): NDArray => ({
    shape: [images.length, ...shape],
    data: Float32Array.from(images.flatMap((image) => [...of(image)])),
  });
  const tensors = {
    original: pixels(({ original }) => original),
    perturbed: pixels(({ perturbed }) => perturbed),
    label: numbers(({ label }) => label),
    predicted: numbers(({ predicted }) => predicted),
    fooled_as: numbers(({ fooledAs }) => fooledAs),
    ratio: numbers(({ ratio = -1 }) => ratio), // a file's numbers are finite
  };
  await writeWhole(pathIn(folder), encodeSafetensors(tensors));
}

/**
 * Reads a run's pictures; undefined where it has none.
 *
 * @throws {DamagedError} when they cannot be read.
 */
export async function readPictures(folder: string): Promise<Pictures | undefined> {
  const path = pathIn(folder);
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  const { original, perturbed, label, predicted, fooled_as, ratio } = believed(() =>
    decodeSafetensors(bytes, path).weights
  );
  const [count = 0, ...shape] = original?.shape ?? [];
  const single = [label, predicted, fooled_as, ratio];
  const isWhole = shape.length === 3 && `${perturbed?.shape}` === `${original?.shape}` &&
    single.every((tensor) => `${tensor?.shape}` === `${count}`);
  if (!isWhole) throw damaged(path, "a run's pictures", "other tensors");
  const length = shape.reduce((product, extent) => product * extent, 1);
  const row = ({ data }: NDArray, i: number) => data.subarray(i * length, (i + 1) * length);
  const images = Array.from({ length: count }, (_, i) => ({
    original: row(original!, i),
    perturbed: row(perturbed!, i),
    label: label!.data[i]!,
    predicted: predicted!.data[i]!,
    fooledAs: fooled_as!.data[i]!,
    ...(ratio!.data[i]! < 0 ? {} : { ratio: ratio!.data[i]! }),
  }));
  return { shape: shape as [number, number, number], images };
}
