import type { Context } from "../../jobs/context.ts";
import type { LeftOut } from "../../jobs/left_out.ts";

/** What jobs and reports need. */
export interface Workplace extends Context {
  /** Records in the experiment's folder what was left out of the dataset so far; returns the whole list. */
  readonly recordLeftOut: (out: string) => Promise<LeftOut>;
}

/** What reports need. */
export type Quiet = Omit<Workplace, "onProgress">;

/** What is known before jobs are chosen. */
export type Place = Omit<Workplace, "checkpointSeconds" | "onProgress" | "onNotice" | "signal">;
