import type { Columns } from "../../files/arrow.ts";
import type { Figure3Row } from "../rows.ts";
import { ended, type Finished, outcome } from "./finished.ts";

/** figure3.arrow. */
export const figure3Columns: Columns = {
  run_id: "text",
  lambda: "real",
  c: "real",
  d: "real",
  seed: "whole",
  accuracy: "real or null",
  rho2: "real or null",
};

/** The rows of Figure 3: Deep Defense over lambda and c. */
export function figure3Rows(finished: Finished): Figure3Row[] {
  return ended(finished.plan.figure3, finished).map((job) => {
    const { lambda, c, d } = job.variation;
    return {
      ...outcome(job, finished),
      lambda: Number(lambda),
      c: Number(c),
      d: Number(d),
    };
  });
}
