import type { RowOf } from "../files/arrow.ts";
import { signJob, type TrainJob } from "../jobs/jobs.ts";
import { resultOf } from "../jobs/kinds.ts";
import { ended, type Experiment, type Finished, inTableOrder } from "./experiment.ts";
import { paperRow } from "./paper_table1.ts";
import { families, planJob } from "./planner.ts";
import { signColumns, signFigures } from "./sign_columns.ts";

/** table1.arrow. */
export const table1Columns = {
  /** The job's id. */
  run_id: "text",
  /** `diverged`, or another word for a run that ended well. */
  status: "text",
  /** Identifier of the data set: `mnist`, `idx:NAME`. */
  dataset: "text",
  /** Identifier of the network: `lenet`. */
  network: "text",
  /** Identifier of the training method: `deep_defense`. */
  method: "text",
  /** Seed of the reference's training, and of the method's. */
  seed: "whole",
  /** `smoke`, `quick` or `paper`. */
  profile: "text",
  /** Fraction of the test images classified right, in [0, 1]. */
  accuracy: "real or null",
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7), at most 50 DeepFool iterations. */
  rho2: "real or null",
  /** The same with at most 5 iterations. */
  rho2_limit5: "real or null",
  /** The same in pixels, with the preprocessing undone. */
  rho2_pixels: "real or null",
  /** Fraction of the test images that DeepFool fooled, in [0, 1]. */
  fooled_rate: "real or null",
  /** DeepFool's mean number of iterations. */
  mean_iterations: "real or null",
  ...signColumns,
  /** The paper's accuracy; null where its table has no such row. */
  paper_accuracy: "real or null",
  /** The paper's ρ_2. */
  paper_rho2: "real or null",
  /** The paper's accuracy at 0.2 ε_ref. */
  "paper_acc_fgs_0.2": "real or null",
  /** The paper's accuracy at 0.5 ε_ref. */
  "paper_acc_fgs_0.5": "real or null",
  /** The paper's accuracy at ε_ref. */
  "paper_acc_fgs_1.0": "real or null",
} as const;

/** A row of table1.arrow: one trained network. Measures are null where the run diverged. */
export type Table1Row = RowOf<typeof table1Columns>;

/** Table 1: every selected method on every network, under DeepFool and the fast gradient sign attack, beside the paper's figures. */
export const table1: Experiment<"table1", TrainJob, typeof table1Columns> = {
  name: "table1",
  plan: (planner) =>
    families(planner, (model, ruler) => {
      if (model.id !== ruler.model.id) planJob(planner, signJob(model, ruler));
      return model;
    }).flat(),
  columns: table1Columns,
  rows: (models, finished) =>
    inTableOrder(ended(models, finished)).map((model) => rowOf(model, finished)),
};

function rowOf(model: TrainJob, finished: Finished): Table1Row {
  const { network, method, seed } = model;
  const result = resultOf(model, finished.configs);
  const paper = paperRow(finished.dataset, network, method);
  return {
    run_id: model.id,
    status: finished.configs.get(model.id)!.status,
    dataset: finished.dataset,
    network,
    method,
    seed,
    profile: finished.profile,
    accuracy: result?.accuracy ?? null,
    rho2: result?.rho2 ?? null,
    rho2_limit5: result?.rho2_limit5 ?? null,
    rho2_pixels: result?.rho2_pixels ?? null,
    fooled_rate: result?.fooled_rate ?? null,
    mean_iterations: result?.mean_iterations ?? null,
    ...underSign(model, finished),
    paper_accuracy: paper?.accuracy ?? null,
    paper_rho2: paper?.rho2 ?? null,
    "paper_acc_fgs_0.2": paper?.fgs[0] ?? null,
    "paper_acc_fgs_0.5": paper?.fgs[1] ?? null,
    "paper_acc_fgs_1.0": paper?.fgs[2] ?? null,
  };
}

function underSign(model: TrainJob, { jobs, configs }: Finished) {
  const sign = jobs.find((job) => job.kind === "sign" && job.model.id === model.id);
  return signFigures(sign?.kind === "sign" ? resultOf(sign, configs) : undefined);
}
