import { type Columns, decodeTable, encodeTable } from "./arrow.ts";
import { readIfThere, writeWhole } from "./files.ts";
import type { Job, TrainJob } from "./jobs.ts";
import { paperRow } from "./paper_table1.ts";
import type { Figure2Row, Table1Row } from "./rows.ts";
import { readMetrics, type RunConfig } from "./run_folder.ts";
import { fractions } from "./sign_job.ts";

/** table1.arrow. */
export const table1Columns: Columns = {
  run_id: "text",
  status: "text",
  dataset: "text",
  network: "text",
  method: "text",
  seed: "whole",
  profile: "text",
  accuracy: "real",
  rho2: "real",
  rho2_limit5: "real",
  rho2_pixels: "real",
  fooled_rate: "real",
  mean_iterations: "real",
  epsilon_ref: "real",
  "acc_fgs_0.2": "real",
  "acc_fgs_0.5": "real",
  "acc_fgs_1.0": "real",
  paper_accuracy: "real",
  paper_rho2: "real",
  "paper_acc_fgs_0.2": "real",
  "paper_acc_fgs_0.5": "real",
  "paper_acc_fgs_1.0": "real",
};

/** figure2.arrow. */
export const figure2Columns: Columns = {
  run_id: "text",
  network: "text",
  method: "text",
  seed: "whole",
  epoch: "whole",
  accuracy: "real",
  rho2: "real",
};

/** What tables are made of. */
export interface Finished {
  readonly jobs: readonly Job[];
  readonly configs: ReadonlyMap<string, RunConfig>;
  readonly methods: readonly string[];
  readonly dataset: string;
  readonly profile: string;
  /** The tables to write: `table1`, `figure2`. */
  readonly experiments: readonly string[];
}

type Figures = Readonly<Record<string, number | null>>;

/** The rows of Table 1: one for every selected method, network and seed that is finished. */
export function table1Rows(finished: Finished): Table1Row[] {
  return selected(finished).map((job) => {
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
  { jobs, configs }: Finished,
): { epsilons: number[]; accuracies: number[]; epsilon_ref: number | null } | undefined {
  const sign = jobs.find((other) => other.kind === "sign" && other.model.id === job.id);
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

/** The rows of Figure 2: accuracy and rho_2 behind every epoch of fine-tuning; epoch 0 is the reference. */
export async function figure2Rows(
  finished: Finished,
  folderOf: (job: Job) => string,
): Promise<Figure2Row[]> {
  const rows = await Promise.all(
    selected(finished).filter(({ parent }) => parent).map(async (job) => {
      const metrics = (await readMetrics(folderOf(job))).filter(({ step }) => step === null);
      return metrics.map(({ epoch, test_accuracy, rho2 }) => ({
        run_id: job.id,
        network: job.network,
        method: job.method,
        seed: job.seed,
        epoch: epoch as number,
        accuracy: test_accuracy as number | null,
        rho2: rho2 as number | null,
      }));
    }),
  );
  return rows.flat();
}

/**
 * Checks that a folder's tables may be written over.
 *
 * @throws UserError when one is of another version or not ours.
 */
export async function checkTables(out: string): Promise<void> {
  for (
    const [name, columns] of Object.entries({ table1: table1Columns, figure2: figure2Columns })
  ) {
    const path = `${out}/${name}.arrow`;
    const bytes = await readIfThere(path);
    if (bytes) decodeTable(bytes, columns, path);
  }
}

/**
 * Writes the tables of the selected experiments: table1.arrow, figure2.arrow.
 *
 * @throws UserError when they cannot be written, or would replace files of another version.
 */
export async function writeTables(
  out: string,
  finished: Finished,
  folderOf: (job: Job) => string,
): Promise<void> {
  await checkTables(out);
  const write = async (name: string, columns: Columns, rows: readonly object[]) => {
    if (!finished.experiments.includes(name)) return;
    await writeWhole(`${out}/${name}.arrow`, encodeTable(columns, rows.map((row) => ({ ...row }))));
  };
  await write("table1", table1Columns, table1Rows(finished));
  await write("figure2", figure2Columns, await figure2Rows(finished, folderOf));
}

/** The training jobs of the selected methods that are finished, by network and in the order of the methods. */
export function selected({ jobs, configs, methods }: Finished): TrainJob[] {
  const found = jobs.filter((job): job is TrainJob =>
    job.kind === "train" && methods.includes(job.method) && configs.has(job.id)
  );
  const byNetwork = Map.groupBy(found, ({ network }) => network);
  const place = ({ method }: TrainJob) => methods.indexOf(method);
  return [...byNetwork.values()].flatMap((models) => models.sort((a, b) => place(a) - place(b)));
}
