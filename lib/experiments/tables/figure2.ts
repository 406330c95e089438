import type { Columns } from "../arrow.ts";
import type { Job } from "../jobs.ts";
import type { Figure2Row } from "../rows.ts";
import { readEpochs } from "../run_folder.ts";
import { ended, type Finished, inTableOrder } from "./finished.ts";

/** figure2.arrow. */
export const figure2Columns: Columns = {
  run_id: "text",
  network: "text",
  method: "text",
  seed: "whole",
  epoch: "whole",
  accuracy: "real or null",
  rho2: "real or null",
};

/** The rows of Figure 2: accuracy and rho_2 behind every epoch of fine-tuning; epoch 0 is the reference. */
export async function figure2Rows(
  finished: Finished,
  folderOf: (job: Job) => string,
): Promise<Figure2Row[]> {
  const rows = await Promise.all(
    inTableOrder(ended(finished.plan.figure2, finished)).map(async (job) => {
      const { id, network, method, seed } = job;
      const epochs = await readEpochs(folderOf(job));
      return epochs.map((row) => ({ run_id: id, network, method, seed, ...row }));
    }),
  );
  return rows.flat();
}
