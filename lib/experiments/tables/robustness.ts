import type { Columns } from "../../files/arrow.ts";
import type { RobustnessRow } from "../rows.ts";
import type { Finished } from "./finished.ts";

const measures: Columns = {
  rho2_deepfool: "real or null",
  rho2_fmn: "real or null",
  rho2_worst: "real or null",
  "acc_fgs_0.2": "real or null",
  "acc_fgs_0.5": "real or null",
  "acc_fgs_1.0": "real or null",
  "acc_pgd_0.2": "real or null",
  "acc_pgd_0.5": "real or null",
  "acc_pgd_1.0": "real or null",
  "acc_worst_0.2": "real or null",
  "acc_worst_0.5": "real or null",
  "acc_worst_1.0": "real or null",
  "acc_pgd_l2_0.2": "real or null",
  "acc_pgd_l2_0.5": "real or null",
  "acc_pgd_l2_1.0": "real or null",
};

/** robustness.arrow. */
export const robustnessColumns: Columns = {
  run_id: "text",
  network: "text",
  method: "text",
  seed: "whole",
  images: "whole",
  ...measures,
  failed_checks: "text or null",
};

/** The rows of Table 1's models under attacks that no training used; `failed_checks` names signs of masked gradients. */
export function robustnessRows({ plan, configs }: Finished): RobustnessRow[] {
  return plan.robustness.filter(({ id }) => configs.has(id)).map((job) => {
    const result = (configs.get(job.id)!.result ?? {}) as Record<string, number> & {
      masking?: readonly { name: string; holds: boolean }[];
    };
    const figures = Object.fromEntries(
      Object.keys(measures).map((name) => [name, result[name] ?? null]),
    );
    const failed = result.masking?.filter(({ holds }) => !holds).map(({ name }) => name);
    return {
      run_id: job.id,
      network: job.network,
      method: job.method,
      seed: job.seed,
      images: job.images,
      ...figures,
      failed_checks: failed?.join("; ") ?? null,
    } as RobustnessRow;
  });
}
