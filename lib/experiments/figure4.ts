import type { RowOf } from "../files/arrow.ts";
import type { TrainJob } from "../jobs/jobs.ts";
import type { MethodSettings } from "../jobs/method.ts";
import { ended, type Experiment, outcome } from "./experiment.ts";
import { addStudies, reasonForNoStudies } from "./planner.ts";

/** figure4.arrow. */
export const figure4Columns = {
  /** The job's id. */
  run_id: "text",
  /** The layer. */
  layer: "text",
  /** The scale for samples that are predicted right. */
  c: "real",
  /** Seed of the training. */
  seed: "whole",
  /** Fraction of the test images classified right, in [0, 1]. */
  accuracy: "real or null",
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  rho2: "real or null",
} as const;

/** A row of figure4.arrow: Deep Defense on LeNet whose regulariser moves one layer. */
export type Figure4Row = RowOf<typeof figure4Columns>;

/** The layers with their c; lambda is 15 and d is 5. */
const settings: readonly MethodSettings[] = ["conv1", "conv2", "fc1", "fc2"].flatMap((layer) =>
  [5, 15, 25, 35, 45].map((c) => ({ layer, c }))
);

/** What is repeated with the other seeds, for an interval: the most useful layer and the first one, at the paper's own c. */
const repeated: readonly MethodSettings[] = ["conv1", "fc1"].map((layer) => ({ layer, c: 25 }));

/** Figure 4: Deep Defense whose regulariser moves one layer. */
export const figure4: Experiment<"figure4", TrainJob, typeof figure4Columns> = {
  name: "figure4",
  plan: (planner) => addStudies(planner, settings, repeated),
  reasonForNone: reasonForNoStudies,
  columns: figure4Columns,
  rows: (models, finished) =>
    ended(models, finished).map((model) => ({
      ...outcome(model, finished),
      layer: String(model.variation.layer),
      c: Number(model.variation.c),
    })),
};
