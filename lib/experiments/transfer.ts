import type { RowOf } from "../files/arrow.ts";
import { type TransferJob, transferJob } from "../jobs/jobs.ts";
import { resultOf } from "../jobs/kinds.ts";
import { ended, type Experiment, type Finished } from "./experiment.ts";
import { families, planJob } from "./planner.ts";

/** transfer.arrow. */
export const transferColumns = {
  /** The job's id. */
  run_id: "text",
  /** Identifier of the network. */
  network: "text",
  /** Seed of the trainings. */
  seed: "whole",
  /** How many test images, the first ones. */
  images: "whole",
  /** `fgs`, at ε_ref, or `deepfool`. */
  attack: "text",
  /** The method of the model that the examples were made on. */
  source: "text",
  /** The method of the model that they were tested on. */
  target: "text",
  /** The fraction that it classified right, in [0, 1]. */
  accuracy: "real or null",
} as const;

/** A row of transfer.arrow: a model under examples that were made on another one. */
export type TransferRow = RowOf<typeof transferColumns>;

/** The transfer between models: accuracy of `target` on examples made on `source`, among Table 1's models. */
export const transfer: Experiment<"transfer", TransferJob, typeof transferColumns> = {
  name: "transfer",
  plan: (planner) =>
    families(planner, (model, ruler) => ({ model, ruler })).map((family) => {
      const models = family.map(({ model }) => model);
      return planJob(planner, transferJob(models, family[0]!.ruler, planner.options));
    }),
  columns: transferColumns,
  rows: (jobs, finished) => ended(jobs, finished).flatMap((job) => rowsOf(job, finished)),
};

function rowsOf(job: TransferJob, { configs }: Finished): TransferRow[] {
  const { id: run_id, network, seed } = job;
  const result = resultOf(job, configs);
  const images = result?.images ?? job.images;
  const names = result?.methods ?? [];
  return (["fgs", "deepfool"] as const).flatMap((attack) =>
    names.flatMap((source, i) =>
      names.map((target, j) => {
        const accuracy = result?.[attack]?.[i]?.[j] ?? null;
        return { run_id, network, seed, images, attack, source, target, accuracy };
      })
    )
  );
}
