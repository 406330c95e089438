import type { TrainJob } from "../../jobs/jobs.ts";
import { learningRates } from "../../jobs/schedule.ts";
import { datasetKindOf, profileOn } from "./dataset_kinds.ts";
import { profiles } from "./profiles.ts";

/** The settings of a training run, as in config.json, and those of its parent. */
export interface Training {
  readonly settings: TrainJob["settings"];
  readonly parent?: Training | undefined;
}

/**
 * Whether a network is trained and measured as in the paper: one of the paper's datasets, all of its images in their usual size,
 * the paper's epochs, and a parent that is too. The paper's claims are judged by such networks only, whatever the profile's name.
 * A reference from a file counts only on ImageNet, where the paper takes published ones too, and not for a network from an ONNX
 * file.
 */
export function isAtPaperScale({ settings, parent }: Training): boolean {
  const { train_images, test_images, image_size, weights_sha256, scale, learning_rates } = settings;
  const [dataset, network] = [String(settings.dataset), String(settings.network)];
  const whole = datasetKindOf(dataset)?.paperImages;
  if (train_images !== whole?.train || test_images !== whole?.test) return false;
  if (image_size) return false;
  if (parent && !isAtPaperScale(parent)) return false;
  if (weights_sha256) return dataset === "imagenet" && !scale;
  const paper = profileOn(dataset, profiles.paper!);
  const { reference, fineTuning } = paper.schedules?.[network] ?? paper;
  const rates = learningRates(parent ? fineTuning : reference);
  return JSON.stringify(learning_rates) === JSON.stringify(rates);
}
