import type { TrainJob } from "../../jobs/jobs.ts";
import { methodNames } from "../methods.ts";
import type { Plan } from "../plan.ts";
import type { RunConfig } from "../../jobs/run_folder.ts";

/** What tables are made of. */
export interface Finished {
  readonly plan: Plan;
  readonly configs: ReadonlyMap<string, RunConfig>;
  readonly dataset: string;
  readonly profile: string;
  /** The tables to write. */
  readonly experiments: readonly string[];
}

/** A job's figures by name; null where it has none. */
export type Figures = Readonly<Record<string, number | null>>;

/** The models of Table 1 that have ended. */
export function table1Models(finished: Finished): TrainJob[] {
  return inTableOrder(ended(finished.plan.table1, finished));
}

/** The models that have ended. */
export function ended(models: readonly TrainJob[], { configs }: Finished): TrainJob[] {
  return models.filter(({ id }) => configs.has(id));
}

/** By network, and in each by method. */
export function inTableOrder(models: readonly TrainJob[]): TrainJob[] {
  const byNetwork = Map.groupBy(models, ({ network }) => network);
  const place = ({ method }: TrainJob) => methodNames.indexOf(method);
  return [...byNetwork.values()].flatMap((same) => same.sort((a, b) => place(a) - place(b)));
}

/** Accuracy and rho_2 of a model; null where it diverged. */
export function outcome({ id, seed }: TrainJob, { configs }: Finished) {
  const result = (configs.get(id)?.result ?? {}) as Figures;
  return { run_id: id, seed, accuracy: result.accuracy ?? null, rho2: result.rho2 ?? null };
}
