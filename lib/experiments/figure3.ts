import type { RowOf } from "../files/arrow.ts";
import type { TrainJob } from "../jobs/jobs.ts";
import type { MethodSettings } from "../jobs/method.ts";
import { ended, type Experiment, outcome } from "./experiment.ts";
import { addStudies, reasonForNoStudies } from "./planner.ts";

/** figure3.arrow. */
export const figure3Columns = {
  /** The job's id. */
  run_id: "text",
  /** The regulariser's weight. */
  lambda: "real",
  /** The scale for samples that are predicted right. */
  c: "real",
  /** The scale for samples that are predicted wrong. */
  d: "real",
  /** Seed of the training. */
  seed: "whole",
  /** Fraction of the test images classified right, in [0, 1]. */
  accuracy: "real or null",
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  rho2: "real or null",
} as const;

/** A row of figure3.arrow: Deep Defense on LeNet with other hyper-parameters. */
export type Figure3Row = RowOf<typeof figure3Columns>;

/** The hyper-parameters; d is 5. */
const settings: readonly MethodSettings[] = [5, 15, 25].flatMap((lambda) =>
  [5, 10, 15, 20, 25, 30, 35, 40, 45].map((c) => ({ lambda, c }))
);

/** What is repeated with the other seeds, for an interval: the curve of the paper's own lambda, at its ends and at the paper's own c. */
const repeated: readonly MethodSettings[] = [5, 25, 45].map((c) => ({ lambda: 15, c }));

/** Figure 3: Deep Defense over lambda and c. */
export const figure3: Experiment<"figure3", TrainJob, typeof figure3Columns> = {
  name: "figure3",
  plan: (planner) => addStudies(planner, settings, repeated),
  reasonForNone: reasonForNoStudies,
  columns: figure3Columns,
  rows: (models, finished) =>
    ended(models, finished).map((model) => {
      const { lambda, c, d } = model.variation;
      return {
        ...outcome(model, finished),
        lambda: Number(lambda),
        c: Number(c),
        d: Number(d),
      };
    }),
};
