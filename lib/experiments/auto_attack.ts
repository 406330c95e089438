import type { RowOf } from "../files/arrow.ts";
import { type AutoAttackJob, autoAttackJob, type Radii } from "../jobs/jobs.ts";
import { resultOf } from "../jobs/kinds.ts";
import type { AutoAttackResult } from "../jobs/kind.ts";
import { unknownOn } from "../jobs/method.ts";
import { ended, type Experiment, type Finished } from "./experiment.ts";
import { addModel, pairs, planJob } from "./planner.ts";

/** The radii that are usual on MNIST, 0.1 and 1.5 of the full range. */
const usual: Radii = { linf: 0.1 * 255, l2: 1.5 * 255 };

/** Those that are usual on CIFAR-10's and ImageNet's images, for networks that were not trained with attacks in pixels. */
const [onCifar10, onImagenet]: readonly [Radii, Radii] = [
  { linf: 2, l2: 0.25 * 255 },
  { linf: 0.5, l2: 0.5 * 255 },
];

/** The radii of networks for larger images, and of networks from ONNX files. */
const own: Readonly<Record<string, Radii>> = {
  convnet: onCifar10,
  nin: onCifar10,
  alexnet: onImagenet,
  alexnet_torchvision: onImagenet,
  resnet18: onImagenet,
  [unknownOn("cifar10")]: onCifar10,
  [unknownOn("imagenet")]: onImagenet,
};

/** Test images that are attacked, at most, the first ones. */
const mostImages = 1000;

/** auto_attack.arrow. */
export const autoAttackColumns = {
  /** The job's id. */
  run_id: "text",
  /** Identifier of the network. */
  network: "text",
  /** Identifier of the training method. */
  method: "text",
  /** Seed of the training. */
  seed: "whole",
  /** The SHA-256 of the file that the weights come from; none where they were trained here. */
  weights_sha256: "text or null",
  /** How many test images were attacked, the first ones. */
  images: "whole",
  /** The fraction of them that is predicted right, in [0, 1]. */
  accuracy: "real or null",
  /** The radius of the l∞ ball, in pixels 0-255. */
  radius_linf: "real",
  /** The fraction that is right before and after APGD-CE in the l∞ ball. */
  linf_apgd_ce: "real or null",
  /** After APGD-T too; none where it was left out. */
  linf_apgd_t: "real or null",
  /** After FAB-T too. */
  linf_fab_t: "real or null",
  /** After the Square attack too; none where it was left out. */
  linf_square: "real or null",
  /** After all members. */
  acc_linf: "real or null",
  /** The radius of the l2 ball. */
  radius_l2: "real",
  l2_apgd_ce: "real or null",
  l2_apgd_t: "real or null",
  l2_fab_t: "real or null",
  l2_square: "real or null",
  acc_l2: "real or null",
  /** Members that were left out, and why; empty where none were. */
  left_out: "text or null",
  /** Mean ‖Δ_x‖₂ / ‖x‖₂ in pixels, within the box, under DeepFool, over the images that it fooled. */
  rho2_deepfool: "real or null",
  /** The same under the fast minimum-norm attack. */
  rho2_fmn: "real or null",
  /** Under FAB. */
  rho2_fab: "real or null",
  /** The mean of every image's smallest. */
  rho2_smallest: "real or null",
  /** Their median. */
  median_smallest: "real or null",
  /** Images that none of the three fooled. */
  unfooled: "whole or null",
} as const;

/** A row of auto_attack.arrow: one of Table 1's models on pixels, under AutoAttack and the attacks for the smallest perturbation. */
export type AutoAttackRow = RowOf<typeof autoAttackColumns>;

/** Table 1's models under AutoAttack, in pixels. */
export const autoAttack: Experiment<"auto_attack", AutoAttackJob, typeof autoAttackColumns> = {
  name: "auto_attack",
  onRequest: true,
  plan(planner) {
    const { selection, options } = planner;
    const { extent, circumstances: { dataset: { id, test } } } = options;
    const images = Math.min(mostImages, extent.strongImages, test.count);
    const radiiOf = (network: string) => own[network] ?? own[unknownOn(id)] ?? usual;
    return pairs(planner).flatMap(([network, seed]) =>
      selection.methods.map((method) => {
        const model = addModel(planner, network, seed, method);
        return planJob(planner, autoAttackJob(model, radiiOf(network), images));
      })
    );
  },
  columns: autoAttackColumns,
  rows: (jobs, finished) => ended(jobs, finished).map((job) => rowOf(job, finished)),
};

function rowOf(job: AutoAttackJob, { configs }: Finished): AutoAttackRow {
  const result = resultOf(job, configs);
  const after = (norm: "linf" | "l2", member: string) => result?.[norm].after[member] ?? null;
  const { weights_sha256 } = job.model.settings;
  return {
    run_id: job.id,
    network: job.network,
    method: job.method,
    seed: job.seed,
    weights_sha256: weights_sha256 === undefined ? null : String(weights_sha256),
    images: result?.images ?? job.images,
    accuracy: result?.accuracy ?? null,
    radius_linf: job.radii.linf,
    linf_apgd_ce: after("linf", "apgd_ce"),
    linf_apgd_t: after("linf", "apgd_t"),
    linf_fab_t: after("linf", "fab_t"),
    linf_square: after("linf", "square"),
    acc_linf: result?.linf.accuracy ?? null,
    radius_l2: job.radii.l2,
    l2_apgd_ce: after("l2", "apgd_ce"),
    l2_apgd_t: after("l2", "apgd_t"),
    l2_fab_t: after("l2", "fab_t"),
    l2_square: after("l2", "square"),
    acc_l2: result?.l2.accuracy ?? null,
    left_out: result ? leftOutOf(result) : null,
    rho2_deepfool: result?.rho2_deepfool ?? null,
    rho2_fmn: result?.rho2_fmn ?? null,
    rho2_fab: result?.rho2_fab ?? null,
    rho2_smallest: result?.rho2_smallest ?? null,
    median_smallest: result?.median_smallest ?? null,
    unfooled: result?.unfooled ?? null,
  };
}

/** Members that were left out of either ball, each once, and why. */
function leftOutOf({ linf, l2 }: Pick<AutoAttackResult, "linf" | "l2">): string | null {
  const reasons = Object.entries({ ...linf.left_out, ...l2.left_out });
  return reasons.map(([member, reason]) => `${member}: ${reason}`).join("; ") || null;
}
