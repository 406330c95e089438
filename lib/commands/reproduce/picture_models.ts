import { deepfool } from "../../attacks/deepfool/deepfool.ts";
import { readRows } from "../../data/blocks.ts";
import { pictureShape } from "../../data/dataset.ts";
import type { Context } from "../../jobs/context.ts";
import { hasPictures, type Pictures, writePictures } from "../../jobs/pictures_file.ts";
import { isKept, readAttacks, readRunWeights } from "../../jobs/run_folder.ts";
import type { Table1Row } from "../../experiments/table1.ts";

/** The number of pictures of a model: one for each class, for the first classes where there are many. */
const mostPictures = 30;

/** Attacks a few test images with each model that has no pictures yet, if its files were kept, and writes the pictures into its run's folder. */
export async function pictureModels(
  models: readonly Table1Row[],
  context: Omit<Context, "onProgress">,
): Promise<void> {
  for (const model of models) {
    const folder = context.folderOf({ id: model.run_id });
    const keeps = await isKept(folder, "attacks") && await isKept(folder, "model");
    const shape = pictureShape(context.datasetOf(model.network));
    if (shape && keeps && !await hasPictures(folder)) {
      await writePictures(folder, { shape, images: await picturesOf(model, context) });
    }
  }
}

/** The first test image of every class that the network predicts right, under DeepFool. */
async function picturesOf(
  { run_id, network: name }: Table1Row,
  { engine, datasetOf, networkOf, folderOf }: Omit<Context, "onProgress">,
): Promise<Pictures["images"]> {
  const [dataset, network, folder] = [datasetOf(name), networkOf(name), folderOf({ id: run_id })];
  const rows = await readAttacks(folder);
  const chosen = Array.from(
    { length: dataset.classes },
    (_, label) => rows.find((row) => row.label === label && row.predicted === label),
  ).flatMap((row) => row ? [row.index] : []).slice(0, mostPictures);
  const { images, labels, indices } = await readRows(dataset.test, Uint32Array.from(chosen));
  const weights = await readRunWeights(folder, network);
  const attacked = await deepfool(engine, { network, weights }, images);
  const moved = images.map((value, i) => value + attacked.perturbations[i]!);
  const length = images.length / chosen.length;
  return chosen.map((_, i) => {
    const toPixels = (x: Float32Array) =>
      dataset.toPixels(x.subarray(i * length, (i + 1) * length), "test", indices[i]!);
    const ratio = attacked.ratios[i]!;
    return {
      original: toPixels(images),
      perturbed: toPixels(moved),
      label: labels[i]!,
      predicted: attacked.predicted[i]!,
      fooledAs: attacked.fooledAs[i]!,
      ...(Number.isNaN(ratio) ? {} : { ratio }),
    };
  });
}
