import type { Columns } from "../../files/arrow.ts";
import type { Figure4Row } from "../rows.ts";
import { ended, type Finished, outcome } from "./finished.ts";

/** figure4.arrow. */
export const figure4Columns: Columns = {
  run_id: "text",
  layer: "text",
  c: "real",
  seed: "whole",
  accuracy: "real or null",
  rho2: "real or null",
};

/** The rows of Figure 4: Deep Defense whose regulariser moves one layer. */
export function figure4Rows(finished: Finished): Figure4Row[] {
  return ended(finished.plan.figure4, finished).map((job) => ({
    ...outcome(job, finished),
    layer: String(job.variation.layer),
    c: Number(job.variation.c),
  }));
}
