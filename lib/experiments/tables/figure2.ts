import { UserError } from "../../engine/user_error.ts";
import type { Columns } from "../../files/arrow.ts";
import type { Job } from "../../jobs/jobs.ts";
import type { Figure2Row } from "../rows.ts";
import { readEpochs } from "../../jobs/run_folder.ts";
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

/**
 * The rows of Figure 2: accuracy and rho_2 after every epoch of fine-tuning; epoch 0 is the reference.
 *
 * @throws {UserError} when a finished run's metrics are not there.
 */
export async function figure2Rows(
  finished: Finished,
  folderOf: (job: Job) => string,
): Promise<Figure2Row[]> {
  const rows = await Promise.all(
    inTableOrder(ended(finished.plan.figure2, finished)).map(async (job) => {
      const { id, network, method, seed } = job;
      const epochs = await readEpochs(folderOf(job));
      if (epochs.length === 0 && finished.configs.get(id)!.status === "done") {
        throw new UserError(
          `making figure 2: expected metrics.arrow of the finished run in ${
            folderOf(job)
          }, got none; remove the folder to compute the run again, or leave figure2 out with --only`,
        );
      }
      return epochs.map((row) => ({ run_id: id, network, method, seed, ...row }));
    }),
  );
  return rows.flat();
}
