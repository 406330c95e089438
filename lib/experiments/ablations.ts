import type { RowOf } from "../files/arrow.ts";
import type { TrainJob } from "../jobs/jobs.ts";
import type { MethodSettings } from "../jobs/method.ts";
import { type Experiment, outcome, usedC } from "./experiment.ts";
import { addStudies, reasonForNoStudies } from "./planner.ts";

/** ablations.arrow. */
export const ablationColumns = {
  /** The job's id. */
  run_id: "text",
  /** Identifier of what is changed: `baseline`, `linear`, `iterations_1`. */
  ablation: "text",
  /** Identifier of the network. */
  network: "text",
  /** Seed of the training. */
  seed: "whole",
  /** The scale for samples that are predicted right that was used. */
  c: "real or null",
  /** Fraction of the test images classified right, in [0, 1]. */
  accuracy: "real or null",
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  rho2: "real or null",
} as const;

/** A row of ablations.arrow: Deep Defense with one of its choices changed. */
export type AblationRow = RowOf<typeof ablationColumns>;

/** What the text claims of its choices, each changed alone. */
const settings: Readonly<Record<string, MethodSettings>> = {
  baseline: {},
  linear: { shape: "linear" },
  linear_matched: { shape: "linear", lambda: "matched" },
  wrong_like_right: { wrong: "away" },
  iterations_1: { iterations: 1 },
  iterations_2: { iterations: 2 },
  iterations_3: { iterations: 3 },
  iterations_4: { iterations: 4 },
  p_inf: { p: "inf", c: "matched" },
};

/** A model of the ablations and what it is called there. */
export interface Ablation {
  readonly name: string;
  readonly model: TrainJob;
}

/** The ablations: Deep Defense with one of its choices changed; `c` is the one that was used. */
export const ablations: Experiment<"ablations", Ablation, typeof ablationColumns> = {
  name: "ablations",
  plan: (planner) => {
    const names = Object.keys(settings);
    return addStudies(planner, Object.values(settings))
      .map((model, i) => ({ name: names[i]!, model }));
  },
  reasonForNone: reasonForNoStudies,
  columns: ablationColumns,
  rows: (parts, finished) =>
    parts.filter(({ model }) => finished.configs.has(model.id)).map(({ name, model }) => ({
      ...outcome(model, finished),
      ablation: name,
      network: model.network,
      c: usedC(model, finished),
    })),
};
