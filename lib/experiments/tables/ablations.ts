import type { Columns } from "../../files/arrow.ts";
import type { AblationRow } from "../rows.ts";
import { type Finished, outcome } from "./finished.ts";

/** ablations.arrow. */
export const ablationColumns: Columns = {
  run_id: "text",
  ablation: "text",
  network: "text",
  seed: "whole",
  c: "real or null",
  accuracy: "real or null",
  rho2: "real or null",
};

/** The rows of the ablations; c is the one that was used. */
export function ablationRows(finished: Finished): AblationRow[] {
  const { plan, configs } = finished;
  return plan.ablations.filter(({ model }) => configs.has(model.id)).map(({ name, model }) => {
    const result = (configs.get(model.id)!.result ?? {}) as { defense?: { c?: number } };
    return {
      ...outcome(model, finished),
      ablation: name,
      network: model.network,
      c: result.defense?.c ?? null,
    };
  });
}
