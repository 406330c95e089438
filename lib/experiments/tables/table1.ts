import type { Columns } from "../../files/arrow.ts";
import type { TrainJob } from "../../jobs/jobs.ts";
import { paperRow } from "../paper_table1.ts";
import type { Table1Row } from "../rows.ts";
import { fractions } from "../../jobs/sign_job.ts";
import { type Figures, type Finished, table1Models } from "./finished.ts";

/** table1.arrow. */
export const table1Columns: Columns = {
  run_id: "text",
  status: "text",
  dataset: "text",
  network: "text",
  method: "text",
  seed: "whole",
  profile: "text",
  accuracy: "real or null",
  rho2: "real or null",
  rho2_limit5: "real or null",
  rho2_pixels: "real or null",
  fooled_rate: "real or null",
  mean_iterations: "real or null",
  epsilon_ref: "real or null",
  "acc_fgs_0.2": "real or null",
  "acc_fgs_0.5": "real or null",
  "acc_fgs_1.0": "real or null",
  paper_accuracy: "real or null",
  paper_rho2: "real or null",
  "paper_acc_fgs_0.2": "real or null",
  "paper_acc_fgs_0.5": "real or null",
  "paper_acc_fgs_1.0": "real or null",
};

/** The rows of Table 1: one for every selected method, network and seed that is finished. */
export function table1Rows(finished: Finished): Table1Row[] {
  return table1Models(finished).map((job) => {
    const config = finished.configs.get(job.id)!;
    const result = (config.result ?? {}) as Figures;
    const figure = (name: string) => result[name] ?? null;
    const paper = paperRow(finished.dataset, job.network, job.method);
    return {
      run_id: job.id,
      status: config.status,
      dataset: finished.dataset,
      network: job.network,
      method: job.method,
      seed: job.seed,
      profile: finished.profile,
      accuracy: figure("accuracy"),
      rho2: figure("rho2"),
      rho2_limit5: figure("rho2_limit5"),
      rho2_pixels: figure("rho2_pixels"),
      fooled_rate: figure("fooled_rate"),
      mean_iterations: figure("mean_iterations"),
      ...underSign(job, finished),
      paper_accuracy: paper?.accuracy ?? null,
      paper_rho2: paper?.rho2 ?? null,
      "paper_acc_fgs_0.2": paper?.fgs[0] ?? null,
      "paper_acc_fgs_0.5": paper?.fgs[1] ?? null,
      "paper_acc_fgs_1.0": paper?.fgs[2] ?? null,
    };
  });
}

/** A job's accuracies under the fast gradient sign attack at all fractions of eps_ref; undefined until measured. */
export function signCurve(
  job: TrainJob,
  { plan, configs }: Finished,
): { epsilons: number[]; accuracies: number[]; epsilon_ref: number | null } | undefined {
  const sign = plan.jobs.find((other) => other.kind === "sign" && other.model.id === job.id);
  return (sign && configs.get(sign.id)?.result || undefined) as ReturnType<typeof signCurve>;
}

function underSign(job: TrainJob, finished: Finished) {
  const curve = signCurve(job, finished);
  const at = (fraction: typeof fractions[number]) =>
    curve?.accuracies[fractions.indexOf(fraction)] ?? null;
  return {
    epsilon_ref: curve?.epsilon_ref ?? null,
    "acc_fgs_0.2": at(0.2),
    "acc_fgs_0.5": at(0.5),
    "acc_fgs_1.0": at(1),
  };
}
