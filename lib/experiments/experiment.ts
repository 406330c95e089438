import type { Columns, RowOf } from "../files/arrow.ts";
import type { Job, JobId, TrainJob } from "../jobs/jobs.ts";
import { resultOf } from "../jobs/kinds.ts";
import type { RunConfig } from "../jobs/run_config.ts";
import { methodNames } from "./methods.ts";
import type { ChosenModels, Planner } from "./planner.ts";

/** An experiment: its jobs and its table, NAME.arrow. */
export interface Experiment<Name extends string, Part, Table extends Columns> {
  /** Its identifier in flags and file names. */
  readonly name: Name;
  /** Whether it is run only where it is asked for by its name. */
  readonly onRequest?: true;
  /** Plans its jobs; returns what its rows are made of. */
  readonly plan: (planner: Planner) => readonly Part[];
  /** Why a selection may have no jobs of this experiment. */
  readonly reasonForNone?: (selection: ChosenModels) => string;
  /** Its table's columns. */
  readonly columns: Table;
  /** Its table's rows, for the parts that have ended. */
  readonly rows: (
    parts: readonly Part[],
    finished: Finished,
  ) => readonly RowOf<Table>[] | Promise<readonly RowOf<Table>[]>;
}

/** What tables are made from. */
export interface Finished {
  /** All planned jobs. */
  readonly jobs: readonly Job[];
  /** The configs of the finished jobs, by id. */
  readonly configs: ReadonlyMap<string, RunConfig>;
  readonly dataset: string;
  readonly profile: string;
  /** A job's folder. */
  readonly folderOf: (job: JobId) => string;
}

/** The jobs that have ended. */
export function ended<J extends Job>(jobs: readonly J[], { configs }: Finished): J[] {
  return jobs.filter(({ id }) => configs.has(id));
}

/** By network, and in each by method. */
export function inTableOrder(models: readonly TrainJob[]): TrainJob[] {
  const byNetwork = Map.groupBy(models, ({ network }) => network);
  const place = ({ method }: TrainJob) => methodNames.findIndex((name) => name === method);
  return [...byNetwork.values()].flatMap((same) => same.sort((a, b) => place(a) - place(b)));
}

/** Accuracy and rho_2 of a model; null where it diverged. */
export function outcome(model: TrainJob, { configs }: Finished) {
  const { accuracy = null, rho2 = null } = resultOf(model, configs) ?? {};
  return { run_id: model.id, seed: model.seed, accuracy, rho2 };
}

/** The c that a model was trained with, given or derived; null where it has none, or diverged. */
export function usedC(model: TrainJob, { configs }: Finished): number | null {
  const c = resultOf(model, configs)?.defense?.c;
  return c === undefined ? null : Number(c);
}
