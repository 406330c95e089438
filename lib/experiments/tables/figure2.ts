import type { Columns } from "../arrow.ts";
import type { Job } from "../jobs.ts";
import type { Figure2Row } from "../rows.ts";
import { readMetrics } from "../run_folder.ts";
import { ended, type Finished, inTableOrder } from "./finished.ts";

/** figure2.arrow. */
export const figure2Columns: Columns = {
  run_id: "text",
  network: "text",
  method: "text",
  seed: "whole",
  epoch: "whole",
  accuracy: "real",
  rho2: "real",
};

/** The rows of Figure 2: accuracy and rho_2 behind every epoch of fine-tuning; epoch 0 is the reference. */
export async function figure2Rows(
  finished: Finished,
  folderOf: (job: Job) => string,
): Promise<Figure2Row[]> {
  const rows = await Promise.all(
    inTableOrder(ended(finished.plan.figure2, finished)).map(async (job) => {
      const metrics = (await readMetrics(folderOf(job))).filter(({ step }) => step === null);
      return metrics.map(({ epoch, test_accuracy, rho2 }) => ({
        run_id: job.id,
        network: job.network,
        method: job.method,
        seed: job.seed,
        epoch: epoch as number,
        accuracy: test_accuracy as number | null,
        rho2: rho2 as number | null,
      }));
    }),
  );
  return rows.flat();
}
