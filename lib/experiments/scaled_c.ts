import type { RowOf } from "../files/arrow.ts";
import { type SignJob, signJob } from "../jobs/jobs.ts";
import { resultOf } from "../jobs/kinds.ts";
import { type Experiment, type Finished, outcome, usedC } from "./experiment.ts";
import { addModel, pairs, planJob } from "./planner.ts";
import { signColumns, signFigures } from "./sign_columns.ts";

/** scaled_c.arrow. */
export const scaledCColumns = {
  /** The job's id. */
  run_id: "text",
  /** Identifier of the network. */
  network: "text",
  /** Identifier of the training method. */
  method: "text",
  /** Seed of the training. */
  seed: "whole",
  /** The scale for samples that are predicted right that was used; none for a reference. */
  c: "real or null",
  /** Fraction of the test images classified right, in [0, 1]. */
  accuracy: "real or null",
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  rho2: "real or null",
  ...signColumns,
} as const;

/** A row of scaled_c.arrow: a reference, or Deep Defense with the paper's c or with one that is scaled to the reference. */
export type ScaledCRow = RowOf<typeof scaledCColumns>;

/**
 * Deep Defense with the paper's c, and with the c whose product with the mean of ‖Δ_x‖ / ‖x‖ at the start is the paper's on
 * ImageNet: where images are other ones, so are the norms, and the paper's c may lie where the penalty is flat or vanishes.
 */
export const scaledC: Experiment<"scaled_c", SignJob, typeof scaledCColumns> = {
  name: "scaled_c",
  onRequest: true,
  plan: (planner) =>
    pairs(planner).flatMap(([network, seed]) => {
      const paper = addModel(planner, network, seed, "deep_defense");
      const ruler = planJob(planner, signJob(paper));
      const others = [
        addModel(planner, network, seed, "reference"),
        addModel(planner, network, seed, "deep_defense", { c: "scaled" }),
      ].map((model) => planJob(planner, signJob(model, ruler)));
      return [others[0]!, ruler, others[1]!];
    }),
  columns: scaledCColumns,
  rows: (signs, finished) =>
    signs.filter(({ model }) => finished.configs.has(model.id)).map((sign) =>
      rowOf(sign, finished)
    ),
};

function rowOf(sign: SignJob, finished: Finished): ScaledCRow {
  const { model } = sign;
  return {
    ...outcome(model, finished),
    network: model.network,
    method: model.method,
    c: usedC(model, finished),
    ...signFigures(resultOf(sign, finished.configs)),
  };
}
