import type { RowOf } from "../files/arrow.ts";
import { type StrongJob, strongJob } from "../jobs/jobs.ts";
import { resultOf } from "../jobs/kinds.ts";
import { ended, type Experiment, type Finished } from "./experiment.ts";
import { families, planJob } from "./planner.ts";

/** The measures, by the job's names. */
const measures = {
  /** Mean ‖Δ_x‖ / ‖x‖ under DeepFool, on the same images. */
  rho2_deepfool: "real or null",
  /** The same under the fast minimum-norm attack. */
  rho2_fmn: "real or null",
  /** The mean of every image's smallest perturbation, over the images that an attack fooled. */
  rho2_worst: "real or null",
  /** Accuracy under FGS at 0.2 ε_ref, on the same images. */
  "acc_fgs_0.2": "real or null",
  /** At 0.5 ε_ref. */
  "acc_fgs_0.5": "real or null",
  /** At ε_ref. */
  "acc_fgs_1.0": "real or null",
  /** Accuracy under PGD in the maximum norm at 0.2 ε_ref. */
  "acc_pgd_0.2": "real or null",
  /** At 0.5 ε_ref. */
  "acc_pgd_0.5": "real or null",
  /** At ε_ref. */
  "acc_pgd_1.0": "real or null",
  /** Accuracy where an image must survive both FGS and PGD at 0.2 ε_ref. */
  "acc_worst_0.2": "real or null",
  /** At 0.5 ε_ref. */
  "acc_worst_0.5": "real or null",
  /** At ε_ref. */
  "acc_worst_1.0": "real or null",
  /** Accuracy under PGD in l2 at 0.2 of the radius where DeepFool fools half of Deep Defense's images. */
  "acc_pgd_l2_0.2": "real or null",
  /** At 0.5 of it. */
  "acc_pgd_l2_0.5": "real or null",
  /** At the radius. */
  "acc_pgd_l2_1.0": "real or null",
} as const;

/** robustness.arrow. */
export const robustnessColumns = {
  /** The job's id. */
  run_id: "text",
  /** Identifier of the network. */
  network: "text",
  /** Identifier of the training method. */
  method: "text",
  /** Seed of the training. */
  seed: "whole",
  /** How many test images were attacked, the first ones. */
  images: "whole",
  ...measures,
  /** Signs of masked gradients, by name; empty where there are none. */
  failed_checks: "text or null",
} as const;

/** A row of robustness.arrow: one of Table 1's models under attacks that no training used. Measures are null without an ε_ref. */
export type RobustnessRow = RowOf<typeof robustnessColumns>;

/** Table 1's models under attacks that no training used; `failed_checks` names signs of masked gradients. */
export const robustness: Experiment<"robustness", StrongJob, typeof robustnessColumns> = {
  name: "robustness",
  plan: (planner) =>
    families(planner, (model, ruler) => planJob(planner, strongJob(model, ruler, planner.options)))
      .flat(),
  columns: robustnessColumns,
  rows: (jobs, finished) => ended(jobs, finished).map((job) => rowOf(job, finished)),
};

function rowOf(job: StrongJob, { configs }: Finished): RobustnessRow {
  const result = resultOf(job, configs);
  const failed = result?.masking?.filter(({ holds }) => !holds).map(({ name }) => name);
  const names = Object.keys(measures) as (keyof typeof measures)[];
  return {
    run_id: job.id,
    network: job.network,
    method: job.method,
    seed: job.seed,
    images: result?.images ?? job.images,
    ...Object.fromEntries(names.map((name) => [name, result?.[name] ?? null])) as RowOf<
      typeof measures
    >,
    failed_checks: failed?.join("; ") ?? null,
  };
}
