import { UserError } from "../engine/user_error.ts";
import type { RowOf } from "../files/arrow.ts";
import type { TrainJob } from "../jobs/jobs.ts";
import { readEpochs } from "../jobs/run_folder.ts";
import { ended, type Experiment, type Finished, inTableOrder } from "./experiment.ts";
import { addModel, pairs } from "./planner.ts";

/** figure2.arrow. */
export const figure2Columns = {
  /** The job's id. */
  run_id: "text",
  /** Identifier of the network. */
  network: "text",
  /** Identifier of the training method. */
  method: "text",
  /** Seed of the training. */
  seed: "whole",
  /** How many epochs were done; 0 is the reference that it starts from. */
  epoch: "whole",
  /** Fraction of the test images classified right, in [0, 1]. */
  accuracy: "real or null",
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  rho2: "real or null",
} as const;

/** A row of figure2.arrow: one epoch of one training. */
export type Figure2Row = RowOf<typeof figure2Columns>;

/** The methods whose convergence Figure 2 shows. */
const shown = ["clean", "parseval", "adv_train_1", "deep_defense"];

/** Figure 2: accuracy and rho_2 after every epoch of fine-tuning. */
export const figure2: Experiment<"figure2", TrainJob, typeof figure2Columns> = {
  name: "figure2",
  plan: (planner) => {
    const methods = planner.selection.methods.filter((method) => shown.includes(method));
    return pairs(planner).flatMap(([network, seed]) =>
      methods.map((method) => addModel(planner, network, seed, method))
    );
  },
  reasonForNone: ({ methods }) =>
    `is about the methods ${shown.join(", ")}, not of ${methods.join(", ")}`,
  columns: figure2Columns,
  rows: async (models, finished) => {
    const ordered = inTableOrder(ended(models, finished));
    return (await Promise.all(ordered.map((model) => epochsOf(model, finished)))).flat();
  },
};

async function epochsOf(model: TrainJob, { configs, folderOf }: Finished): Promise<Figure2Row[]> {
  const { id, network, method, seed } = model;
  const epochs = await readEpochs(folderOf(model));
  if (epochs.length === 0 && configs.get(id)!.status === "done") {
    throw new UserError(
      `making figure 2: expected metrics.arrow of the finished run in ${
        folderOf(model)
      }, got none; remove the folder to compute the run again, or leave figure2 out with --only`,
    );
  }
  return epochs.map((row) => ({ run_id: id, network, method, seed, ...row }));
}
