import { type Columns, decodeTable, encodeTable } from "./arrow.ts";
import { readIfThere, writeWhole } from "./files.ts";
import type { Job, TrainJob } from "./jobs.ts";
import { methodNames } from "./methods.ts";
import { paperRow } from "./paper_table1.ts";
import type { Plan } from "./plan.ts";
import type {
  AblationRow,
  Figure2Row,
  Figure3Row,
  Figure4Row,
  SearchRow,
  Table1Row,
} from "./rows.ts";
import { readMetrics, type RunConfig } from "./run_folder.ts";
import { scoreOf, type Validated } from "./search.ts";
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

/** figure3.arrow. */
export const figure3Columns: Columns = {
  run_id: "text",
  lambda: "real",
  c: "real",
  d: "real",
  seed: "whole",
  accuracy: "real",
  rho2: "real",
};

/** figure4.arrow. */
export const figure4Columns: Columns = {
  run_id: "text",
  layer: "text",
  c: "real",
  seed: "whole",
  accuracy: "real",
  rho2: "real",
};

/** ablations.arrow. */
export const ablationColumns: Columns = {
  run_id: "text",
  ablation: "text",
  network: "text",
  seed: "whole",
  c: "real",
  accuracy: "real",
  rho2: "real",
};

/** search.arrow. */
export const searchColumns: Columns = {
  run_id: "text",
  network: "text",
  method: "text",
  settings: "text",
  accuracy: "real",
  rho2: "real",
  acc_fgs: "real",
  score: "real",
  chosen: "whole",
};

const columnsOf: Readonly<Record<string, Columns>> = {
  table1: table1Columns,
  figure2: figure2Columns,
  figure3: figure3Columns,
  figure4: figure4Columns,
  ablations: ablationColumns,
  search: searchColumns,
};

/** What tables are made of. */
export interface Finished {
  readonly plan: Plan;
  readonly configs: ReadonlyMap<string, RunConfig>;
  readonly dataset: string;
  readonly profile: string;
  /** The tables to write. */
  readonly experiments: readonly string[];
}

type Figures = Readonly<Record<string, number | null>>;

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

/** The rows of Figure 2: accuracy and rho_2 behind every epoch of fine-tuning; epoch 0 is the reference. */
export async function figure2Rows(
  finished: Finished,
  folderOf: (job: Job) => string,
): Promise<Figure2Row[]> {
  const rows = await Promise.all(
    inTableOrder(ended(finished.plan.figure2, finished)).map(async (job) => {
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

/** Accuracy and rho_2 of a model; null where it diverged. */
function outcome({ id, seed }: TrainJob, { configs }: Finished) {
  const result = (configs.get(id)?.result ?? {}) as Figures;
  return { run_id: id, seed, accuracy: result.accuracy ?? null, rho2: result.rho2 ?? null };
}

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

/** The rows of Figure 4: Deep Defense whose regulariser moves one layer. */
export function figure4Rows(finished: Finished): Figure4Row[] {
  return ended(finished.plan.figure4, finished).map((job) => ({
    ...outcome(job, finished),
    layer: String(job.variation.layer),
    c: Number(job.variation.c),
  }));
}

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

/** The rows of the search: what every candidate reached on held-out images, and which of a method's is the best. */
export function searchRows(finished: Finished): SearchRow[] {
  const resultOf = ({ id }: TrainJob) =>
    finished.configs.get(id)?.result as unknown as Validated | null | undefined;
  const rows = ended(finished.plan.search, finished).map((job) => {
    const { accuracy = null, rho2 = null, acc_fgs = null } = resultOf(job) ?? {};
    const [own, reference] = [resultOf(job), resultOf(job.parent ?? job)];
    const score = own && reference ? scoreOf(own, reference) : -Infinity;
    const { id: run_id, network, method, variation } = job;
    const settings = JSON.stringify(variation);
    return { run_id, network, method, settings, accuracy, rho2, acc_fgs, score };
  });
  const bestOf = ({ network, method }: { network: string; method: string }) =>
    Math.max(
      ...rows.filter((row) => row.network === network && row.method === method)
        .map(({ score }) => score),
    );
  return rows.map((row) => ({
    ...row,
    score: Number.isFinite(row.score) ? row.score : null,
    chosen: Number(Number.isFinite(row.score) && row.score === bestOf(row)),
  }));
}

/**
 * Checks that a folder's tables may be written over.
 *
 * @throws UserError when one is of another version or not ours.
 */
export async function checkTables(out: string): Promise<void> {
  for (const [name, columns] of Object.entries(columnsOf)) {
    const path = `${out}/${name}.arrow`;
    const bytes = await readIfThere(path);
    if (bytes) decodeTable(bytes, columns, path);
  }
}

/**
 * Writes the tables of the selected experiments, NAME.arrow each.
 *
 * @throws UserError when they cannot be written, or would replace files of another version.
 */
export async function writeTables(
  out: string,
  finished: Finished,
  folderOf: (job: Job) => string,
): Promise<void> {
  await checkTables(out);
  const rows: Readonly<Record<string, () => readonly object[] | Promise<readonly object[]>>> = {
    table1: () => table1Rows(finished),
    figure2: () => figure2Rows(finished, folderOf),
    figure3: () => figure3Rows(finished),
    figure4: () => figure4Rows(finished),
    ablations: () => ablationRows(finished),
    search: () => searchRows(finished),
  };
  for (const name of finished.experiments) {
    const table = (await rows[name]!()).map((row) => ({ ...row }));
    await writeWhole(`${out}/${name}.arrow`, encodeTable(columnsOf[name]!, table));
  }
}

/** The models of Table 1 that have ended. */
export function table1Models(finished: Finished): TrainJob[] {
  return inTableOrder(ended(finished.plan.table1, finished));
}

function ended(models: readonly TrainJob[], { configs }: Finished): TrainJob[] {
  return models.filter(({ id }) => configs.has(id));
}

/** By network, and in each by method. */
function inTableOrder(models: readonly TrainJob[]): TrainJob[] {
  const byNetwork = Map.groupBy(models, ({ network }) => network);
  const place = ({ method }: TrainJob) => methodNames.indexOf(method);
  return [...byNetwork.values()].flatMap((same) => same.sort((a, b) => place(a) - place(b)));
}
