import type { Attacked } from "../../attacks/attacked.ts";
import { predict } from "../../compute/predict.ts";
import { type Dataset, pictureShape, type Split } from "../../data/dataset.ts";
import type { Engine } from "../../engine/engine.ts";
import { makeFolder, writeWhole } from "../../files/files.ts";
import type { Model } from "../../networks/model.ts";
import { encodeSafetensors } from "../../networks/safetensors.ts";
import { encodePng } from "../../plots/images/png.ts";

/** What is saved, and what it is asked again. */
export interface Saving {
  /** Its test images, which are pictures, are those that were attacked. */
  readonly dataset: Dataset<Split>;
  /** The place of each in the whole dataset. */
  readonly indices: readonly number[];
  /** Whether the attack's goal holds for an image where a class is predicted. */
  readonly isFooled: (image: number, predicted: number) => boolean;
  /** The model, taking pixels 0-255. */
  readonly model: Model;
  /** What the perturbations are measured in, and of what. */
  readonly about: Readonly<Record<string, string>>;
}

/** What was found of saved images. */
export interface Saved {
  /** How many images the attack's goal holds for. */
  readonly fooled: number;
  /** For how many of them it still does once pixels are rounded to 8 bits. */
  readonly fooled_in_8_bits: number;
}

/**
 * Writes adversarial images, `adversarial/INDEX.png` with pixels rounded to 8 bits, and the exact perturbations,
 * `perturbations.safetensors`.
 */
export async function saveAdversarial(
  engine: Engine,
  { perturbations, fooled }: Attacked,
  folder: string,
  { dataset, indices, isFooled, model, about }: Saving,
): Promise<Saved> {
  const { images, count } = dataset.test;
  const length = images.length / count;
  const rounded = new Float32Array(images.length);
  const [channels, height, width] = pictureShape(dataset)!;
  await makeFolder(`${folder}/adversarial`);
  for (const [i, index] of indices.entries()) {
    const [from, to] = [i * length, (i + 1) * length];
    const moved = images.slice(from, to).map((x, j) => x + perturbations[from + j]!);
    const pixels = Uint8ClampedArray.from(dataset.toPixels(moved, "test", index)); // rounds and clips
    rounded.set(pixels, from);
    const png = encodePng(interleaved(pixels, channels, height * width), width, height);
    await writeWhole(`${folder}/adversarial/${String(index).padStart(5, "0")}.png`, png);
  }
  const tensors = {
    perturbations: { shape: [count, ...dataset.inputShape], data: perturbations },
    indices: { shape: [count], data: Float32Array.from(indices) },
  };
  await writeWhole(`${folder}/perturbations.safetensors`, encodeSafetensors(tensors, about));
  const { labels } = await predict(engine, model, rounded);
  const still = labels.filter((label, i) => fooled[i] && isFooled(i, label));
  return {
    fooled: fooled.reduce((sum, one) => sum + one, 0),
    fooled_in_8_bits: still.length,
  };
}

/** Planes of one or three channels as red, green and blue, pixel by pixel. */
function interleaved(planes: Uint8ClampedArray, channels: number, plane: number): Uint8Array {
  return Uint8Array.from(
    { length: 3 * plane },
    (_, i) => planes[(channels === 1 ? 0 : i % 3) * plane + Math.floor(i / 3)]!,
  );
}
