import type { Attacked } from "../../attacks/attacked.ts";
import { predict } from "../../compute/predict.ts";
import { type Dataset, pictureShape, type Split } from "../../data/dataset.ts";
import type { Engine } from "../../engine/engine.ts";
import { makeFolder, namesIn, removeIfThere, writeWhole } from "../../files/files.ts";
import type { Model } from "../../networks/model.ts";
import { encodeSafetensors } from "../../networks/safetensors.ts";
import { encodePng } from "../../plots/images/png.ts";

/** What to save, and the model to check it on. */
export interface Saving {
  /** Its test images are the attacked ones, and pictures. */
  readonly dataset: Dataset<Split>;
  /** The place of each in the whole dataset. */
  readonly indices: readonly number[];
  /** Whether the attack's goal holds for an image where a class is predicted. */
  readonly isFooled: (image: number, predicted: number) => boolean;
  /** The model, taking pixels 0-255. */
  readonly model: Model;
  /** The units of the perturbations, and their source. */
  readonly about: Readonly<Record<string, string>>;
}

/** The result for saved images. */
export interface SavedImages {
  /** How many images the attack's goal holds for. */
  readonly fooled: number;
  /** For how many of them it still does once pixels are rounded to 8 bits. */
  readonly fooled_in_8_bits: number;
}

/** Removes what an earlier attack saved in a folder: it is not of the attack whose results are written there now. */
export async function removeSaved(folder: string): Promise<void> {
  await removeIfThere(`${folder}/perturbations.safetensors`);
  for (const name of await namesIn(`${folder}/adversarial`)) {
    if (/^\d{5,}\.png$/.test(name)) await removeIfThere(`${folder}/adversarial/${name}`);
  }
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
): Promise<SavedImages> {
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
