import { sum } from "d3-array";
import { deepfool } from "../attacks/deepfool/deepfool.ts";
import { readRows } from "../data/blocks.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Evidence } from "../experiments/claims.ts";
import type { Context } from "../experiments/context.ts";
import { writeWhole } from "../experiments/files.ts";
import type { Json, TrainJob } from "../experiments/jobs.ts";
import { firstLeftOut, type LeftOut } from "../experiments/left_out.ts";
import { isAtPaperScale } from "../experiments/paper_scale.ts";
import type { Profile } from "../experiments/profiles.ts";
import type { Results } from "../experiments/results.ts";
import {
  isKept,
  readAttacks,
  readRunWeights,
  type RunConfig,
  type RunFile,
} from "../experiments/run_folder.ts";
import type { Measured } from "../experiments/seed_means.ts";
import { ablationRows } from "../experiments/tables/ablations.ts";
import { figure2Rows } from "../experiments/tables/figure2.ts";
import { figure3Rows } from "../experiments/tables/figure3.ts";
import { figure4Rows } from "../experiments/tables/figure4.ts";
import { type Finished, table1Models } from "../experiments/tables/finished.ts";
import { robustnessRows } from "../experiments/tables/robustness.ts";
import { searchRows } from "../experiments/tables/search.ts";
import { signCurve, table1Rows } from "../experiments/tables/table1.ts";
import { transferRows } from "../experiments/tables/transfer.ts";
import { accuracyAgainstEpsilon } from "../plots/accuracy_against_epsilon.ts";
import { attackedGrid } from "../plots/attacked_grid.ts";
import type { Figure } from "../plots/figure.ts";
import type { Html } from "../plots/html.ts";
import { plotlyScript } from "../plots/plotly_script.ts";
import { ratioDistribution } from "../plots/ratio_distribution.ts";
import { reportPage, type ReportSection } from "../plots/report.ts";
import { methodTitle, networkTitle } from "../plots/titles.ts";
import { recordedSections } from "./recorded_sections.ts";
import { dataInWords, daysOf, machineFacts, machinesOf, unknownInWords } from "./report_subject.ts";
import { reportSummary } from "./report_summary.ts";
import { resultSections } from "./result_sections.ts";

/** What every report is about. */
const paper =
  "The paper “Deep Defense: Training DNNs with Improved Adversarial Robustness” (Yan, Guo, Zhang, NeurIPS 2018)";

/** What a report says besides results. */
export interface ReportSubject {
  readonly context: Context;
  readonly profile: Profile;
  /** What the results lack, as a sentence without a full stop. */
  readonly gaps?: string | undefined;
  /** Why images were left out, by path. */
  readonly leftOut: LeftOut;
}

/** Writes report.html: what it is about and a summary, the table, the charts, pictures of attacks, and what they were made with. */
export async function writeReport(
  out: string,
  finished: Finished,
  { context, profile, gaps, leftOut }: ReportSubject,
): Promise<void> {
  const html = await reportOf(await resultsOf(finished, context), finished, {
    context,
    profile,
    gaps,
    leftOut,
  });
  await writeWhole(`${out}/report.html`, html);
}

/** The report's page. */
export async function reportOf(
  results: Results,
  finished: Finished,
  { context, profile, gaps, leftOut }: ReportSubject,
): Promise<string> {
  const evidence = evidenceOf(results, finished);
  const configs = [...finished.configs.values()];
  const [first] = finished.plan.jobs; // The reference.
  const dataset = context.datasetOf(first!.network);
  return reportPage({
    title: `Deep Defense: ${context.dataset.title}, profile ${profile.name}`,
    lead: `${paper}, reproduced. Profile ${profile.name}: ${profile.purpose}.`,
    about: {
      "Data": dataInWords(dataset),
      ...unknownInWords(first!),
      "Date": daysOf(configs),
      "Machine": machinesOf(configs),
    },
    notice: gaps,
    sections: [
      ...reportSummary(results.table1, evidence),
      ...resultSections(results, {
        evidence,
        epochs: profile.epochs,
        start: startOf(finished),
      }),
      ...await runSections(finished, context),
      ...leftOutSection(leftOut),
      ...await recordedSections(context.dataset.id, results),
    ],
    settings: { profile: profile.purpose, ...settingsOf(table1Models(finished)) },
    machine: machineFacts(configs),
    durationSeconds: sum(configs, ({ duration_seconds }: RunConfig) => duration_seconds),
    plotlyScript: await plotlyScript(),
  });
}

/** The settings that all runs share, and each method's own. */
function settingsOf(models: readonly TrainJob[]): Record<string, Json> {
  const training = ["learning_rates", "weight_decay", "rate_multipliers", "flips"];
  const own = ["network", "method", "seed", "defense", "parent", ...training];
  const shared = Object.entries(models[0]?.settings ?? {}).filter(([key]) => !own.includes(key));
  const methods = models.map(({ method, settings }) => {
    const { defense = {} } = settings;
    const trained = Object.entries(settings).filter(([key]) => training.includes(key));
    return [methodTitle(method), {
      ...Object.fromEntries(trained),
      ...defense as { [key: string]: Json },
    }] as const;
  });
  return { ...Object.fromEntries(shared), ...Object.fromEntries(methods) };
}

/** The sections that are made of what the runs left besides their figures. */
async function runSections(finished: Finished, context: Context): Promise<ReportSection[]> {
  const models = table1Models(finished).filter(({ id }) =>
    finished.configs.get(id)?.status === "done"
  );
  const networks = [...new Set(models.map(({ network }) => network))];
  const ofFirstSeed = (network: string) =>
    models.filter((model) =>
      model.network === network &&
      model.seed === models.find((other) => other.network === network)!.seed
    );
  const families = networks.map(ofFirstSeed);
  const attacked = await keeping(["attacks"], families, context);
  const pictured = await keeping(["attacks", "model"], families, context);
  const all: ReportSection[] = [
    {
      heading: "How far to the nearest mistake",
      text:
        "The distribution of DeepFool's relative perturbations over the test images. Their mean is ρ₂.",
      content: await Promise.all(attacked.map((family) => distribution(family, context))),
    },
    {
      heading: "Accuracy under the fast gradient sign attack",
      text: "ε_ref is where half of the Deep Defense network's test images are misclassified.",
      content: families.map((family) => signFigure(family, finished)),
    },
    {
      heading: "Attacked images",
      text: "The first test image of every class that the network predicts right.",
      content: await pictures(pictured.flat(), context),
    },
  ];
  return all.filter(({ content }) => content.length > 0);
}

/** What is missing of the dataset; nothing where that is nothing. */
function leftOutSection(leftOut: LeftOut): ReportSection[] {
  if (leftOut.size === 0) return [];
  const first = firstLeftOut(leftOut);
  const all = leftOut.size > first.length ? "; ...; left_out.json names all" : "";
  const text = `Of the dataset, ${leftOut.size} could not be used, and no figure counts them: ` +
    `${first.join("; ")}${all}.`;
  return [{ heading: "Images that were left out", text, content: [] }];
}

/** The rows of all tables. */
async function resultsOf(finished: Finished, { folderOf }: Context): Promise<Results> {
  return {
    table1: table1Rows(finished),
    figure2: await figure2Rows(finished, folderOf),
    figure3: figure3Rows(finished),
    figure4: figure4Rows(finished),
    ablations: ablationRows(finished),
    search: searchRows(finished),
    robustness: robustnessRows(finished),
    transfer: transferRows(finished),
  };
}

/** The rows of networks that were trained as in the paper. */
function evidenceOf(results: Results, { plan }: Finished): Evidence {
  const jobs = [plan.table1, plan.figure2, plan.figure3, plan.figure4].flat();
  const ids = new Set(jobs.filter(isAtPaperScale).map(({ id }) => id));
  const counts = ({ run_id }: { readonly run_id: string }) => ids.has(run_id);
  return {
    table1: results.table1.filter(counts),
    figure2: results.figure2.filter(counts),
    figure3: results.figure3.filter(counts),
    figure4: results.figure4.filter(counts),
  };
}

/** Groups of models without those whose files were not kept, and without groups that are empty then. */
async function keeping(
  files: readonly RunFile[],
  groups: readonly (readonly TrainJob[])[],
  { folderOf }: Context,
): Promise<TrainJob[][]> {
  const keepsAll = async (model: TrainJob) =>
    (await Promise.all(files.map((file) => isKept(folderOf(model), file)))).every(Boolean);
  const kept = await Promise.all(groups.map(async (group) => {
    const keeps = await Promise.all(group.map(keepsAll));
    return group.filter((_, i) => keeps[i]);
  }));
  return kept.filter((group) => group.length > 0);
}

/** The reference that the networks of Figures 3 and 4 were fine-tuned from, where it has ended. */
function startOf({ plan: { figure3, figure4 }, configs }: Finished): Measured | undefined {
  const [model] = [...figure3, ...figure4];
  return configs.get(model?.parent?.id ?? "")?.result as unknown as Measured | undefined;
}

async function distribution(models: readonly TrainJob[], { folderOf }: Context): Promise<Figure> {
  const series = await Promise.all(models.map(async (model) => ({
    method: model.method,
    ratios: (await readAttacks(folderOf(model))).map(({ ratio }) => ratio as number),
  })));
  return ratioDistribution(series, { title: networkTitle(models[0]!.network) });
}

function signFigure(models: readonly TrainJob[], finished: Finished): Figure {
  const curves = models.flatMap((model) => {
    const curve = signCurve(model, finished);
    return curve ? [{ method: model.method, ...curve }] : [];
  });
  return accuracyAgainstEpsilon(curves, {
    title: networkTitle(models[0]!.network),
    epsilonRef: curves[0]?.epsilon_ref ?? null,
  });
}

/** Pictures a model: one a class, of the first classes where there are many. */
const mostPictures = 30;

async function pictures(models: readonly TrainJob[], context: Context): Promise<Html[]> {
  const shown = models.filter(({ method }) => method === "reference" || method === "deep_defense");
  const grids: Html[] = [];
  for (const model of shown) grids.push(await grid(model, context));
  return grids;
}

async function grid(
  model: TrainJob,
  { engine, datasetOf, networkOf, folderOf }: Context,
): Promise<Html> {
  const dataset = datasetOf(model.network);
  const rows = await readAttacks(folderOf(model));
  const chosen = Array.from(
    { length: dataset.classes },
    (_, label) => rows.find((row) => row.label === label && row.predicted === label),
  )
    .flatMap((row) => row ? [row.index as number] : [])
    .slice(0, mostPictures);
  const shown = await readRows(dataset.test, Uint32Array.from(chosen));
  const network = networkOf(model.network);
  const weights = await readRunWeights(folderOf(model), network);
  const attack = await deepfool(engine, { network, weights }, shown.images);
  const toPixels: Dataset["toPixels"] = (x, split, i) =>
    dataset.toPixels(x, split, shown.indices[i]!);
  const { html, alt } = attackedGrid(
    { ...dataset, train: shown, test: shown, toPixels },
    [...shown.indices.keys()],
    attack,
  );
  const title = `${networkTitle(model.network)}, ${methodTitle(model.method)}`;
  return { html: `<h3>${title}</h3>${html}`, alt: `${title}: ${alt}` };
}
