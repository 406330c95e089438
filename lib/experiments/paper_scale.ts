import type { TrainJob } from "./jobs.ts";
import { profileOn } from "./profile_on.ts";
import { profiles } from "./profiles.ts";
import { learningRates } from "./schedule.ts";

/** The images of the paper's datasets. */
const images: Readonly<Record<string, { readonly train: number; readonly test: number }>> = {
  mnist: { train: 60_000, test: 10_000 },
  cifar10: { train: 50_000, test: 10_000 },
  imagenet: { train: 1_281_167, test: 50_000 },
};

/**
 * Whether a network is trained and measured as in the paper: one of the paper's datasets, all of its images, the paper's
 * epochs, and a parent that is too. The paper's claims are judged by such networks alone, whatever the profile is called.
 * A reference from a file is as in the paper on ImageNet only, where the paper takes published ones, and only of a network that the
 * project knows.
 */
export function isAtPaperScale({ network, settings, parent }: TrainJob): boolean {
  const dataset = String(settings.dataset);
  const whole = images[dataset];
  if (settings.train_images !== whole?.train || settings.test_images !== whole?.test) return false;
  if (parent && !isAtPaperScale(parent)) return false;
  if (settings.weights_sha256) return dataset === "imagenet" && !settings.scale;
  const paper = profileOn(dataset, profiles.paper!);
  const { reference, fineTuning } = paper.schedules?.[network] ?? paper;
  const rates = learningRates(parent ? fineTuning : reference);
  return JSON.stringify(settings.learning_rates) === JSON.stringify(rates);
}
