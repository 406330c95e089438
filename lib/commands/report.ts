import { max } from "d3-array";
import { fileURLToPath } from "node:url";
import { deepfool } from "../attacks/deepfool/deepfool.ts";
import { readRows } from "../data/blocks.ts";
import type { Dataset } from "../data/dataset.ts";
import { claims } from "../experiments/claims.ts";
import type { Context } from "../experiments/context.ts";
import { readIfThere, writeWhole } from "../experiments/files.ts";
import type { Json, TrainJob } from "../experiments/jobs.ts";
import { thisMachine } from "../experiments/machine.ts";
import type { Profile } from "../experiments/profiles.ts";
import { readResults } from "../experiments/results.ts";
import type { Figure2Row, TransferRow } from "../experiments/rows.ts";
import { isKept, readAttacks, readRunWeights, type RunFile } from "../experiments/run_folder.ts";
import { readScaling } from "../experiments/scaling.ts";
import { ablationRows } from "../experiments/tables/ablations.ts";
import { figure2Rows } from "../experiments/tables/figure2.ts";
import { figure3Rows } from "../experiments/tables/figure3.ts";
import { figure4Rows } from "../experiments/tables/figure4.ts";
import { type Finished, table1Models } from "../experiments/tables/finished.ts";
import { robustnessRows } from "../experiments/tables/robustness.ts";
import { searchRows } from "../experiments/tables/search.ts";
import { signCurve, table1Rows } from "../experiments/tables/table1.ts";
import { transferRows } from "../experiments/tables/transfer.ts";
import { ablations } from "../plots/ablations.ts";
import { accuracyAgainstEpsilon } from "../plots/accuracy_against_epsilon.ts";
import { attackedGrid } from "../plots/attacked_grid.ts";
import { claimList } from "../plots/claims.ts";
import { convergence } from "../plots/convergence.ts";
import type { Figure } from "../plots/figure.ts";
import type { Html } from "../plots/html.ts";
import { hyperparameters } from "../plots/hyperparameters.ts";
import { layerwise } from "../plots/layerwise.ts";
import { plotlyScript } from "../plots/plotly_script.ts";
import { ratioDistribution } from "../plots/ratio_distribution.ts";
import { reportPage, type ReportSection } from "../plots/report.ts";
import { robustness } from "../plots/robustness.ts";
import { scaling } from "../plots/scaling.ts";
import { settingsSearch } from "../plots/settings_search.ts";
import { table1 } from "../plots/table1.ts";
import { methodTitle, networkTitle } from "../plots/titles.ts";
import { transfer } from "../plots/transfer.ts";

/** Writes report.html: the table, the charts, pictures of attacks, and what they were made with. */
export async function writeReport(
  out: string,
  finished: Finished,
  context: Context,
  profile: Profile,
): Promise<void> {
  const html = reportPage({
    title: `Deep Defense: ${context.dataset.title}, profile ${profile.name}`,
    sections: [
      ...await sections(finished, context, profile),
      ...await committed(context),
      ...await costs(),
    ],
    settings: { profile: profile.purpose, ...settingsOf(table1Models(finished)) },
    machine: { ...thisMachine() },
    durationSeconds: [...finished.configs.values()].reduce(
      (sum, { duration_seconds }) => sum + duration_seconds,
      0,
    ),
    plotlyScript: await plotlyScript(),
  });
  await writeWhole(`${out}/report.html`, html);
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

/** CIFAR-10's results that come with the sources, under other datasets' own; nothing where there are none. */
async function committed({ dataset }: Context): Promise<ReportSection[]> {
  const folder = fileURLToPath(new URL("../../outputs/cifar10", import.meta.url));
  const isThere = await readIfThere(`${folder}/table1.arrow`) !== undefined;
  if (dataset.id === "cifar10" || !isThere) return [];
  const { table1: rows, figure2 } = await readResults(folder);
  const epochs = max(figure2, ({ epoch }: Figure2Row) => epoch);
  const text = "Not of this run: the results in outputs/cifar10, which come with the sources.";
  return [{ heading: "CIFAR-10", text, content: [table1(rows, { epochs })] }];
}

/** What a step costs, from the measurement that comes with the sources; nothing where there is none. */
async function costs(): Promise<ReportSection[]> {
  const rows = await readScaling(
    fileURLToPath(new URL("../../outputs/bench/scaling.arrow", import.meta.url)),
  );
  if (rows.length === 0) return [];
  const text =
    "Measured once, on the machine that outputs/bench/scaling.json names, not in this run.";
  return [{ heading: "What a training step costs", text, content: [scaling(rows)] }];
}

async function sections(
  finished: Finished,
  context: Context,
  profile: Profile,
): Promise<ReportSection[]> {
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
  const epochs = await figure2Rows(finished, context.folderOf);
  const evidence = {
    table1: table1Rows(finished),
    figure2: epochs,
    figure3: figure3Rows(finished),
    figure4: figure4Rows(finished),
  };
  const changed = ablationRows(finished);
  const tried = searchRows(finished);
  const strong = robustnessRows(finished);
  const judged = claims(evidence, { methodTitle, networkTitle });
  const one = <T>(content: T, wanted: boolean) => wanted ? [content] : [];
  const all: ReportSection[] = [
    {
      heading: "Table 1",
      text: "Our figures, and the paper's beside them.",
      content: one(table1(evidence.table1, profile), models.length > 0),
    },
    {
      heading: "The paper's claims",
      text: "Judged by the means over the seeds that were run.",
      content: one(claimList(judged), judged.some(({ holds }) => holds !== null)),
    },
    {
      heading: "Convergence",
      text: "Accuracy and robustness behind every epoch of fine-tuning; epoch 0 is the reference.",
      content: one(convergence(epochs), epochs.length > 0),
    },
    {
      heading: "Hyper-parameters",
      text: "Deep Defense on LeNet over lambda and c (Figure 3).",
      content: one(
        hyperparameters(evidence.figure3, startOf(finished.plan.figure3, finished)),
        evidence.figure3.length > 0,
      ),
    },
    {
      heading: "One layer alone",
      text: "The regulariser's gradient masked to one layer of LeNet (Figure 4).",
      content: one(
        layerwise(evidence.figure4, startOf(finished.plan.figure4, finished)),
        evidence.figure4.length > 0,
      ),
    },
    {
      heading: "Ablations",
      text: "One choice of Deep Defense changed at a time.",
      content: one(ablations(changed), changed.length > 0),
    },
    {
      heading: "Settings",
      text: "The candidates for the methods that the paper tuned, on held-out training images.",
      content: one(settingsSearch(tried), tried.length > 0),
    },
    {
      heading: "Attacks that no training used",
      text: "Does the robustness survive them? Means over the seeds that were run.",
      content: one(robustness(strong), strong.length > 0),
    },
    {
      heading: "Transfer between models",
      text: "The accuracy of every model on examples made on every model.",
      content: transferFigures(transferRows(finished)),
    },
    {
      heading: "How far to the nearest mistake",
      text:
        "The distribution of DeepFool's relative perturbations over the test images. Their mean is rho_2.",
      content: await Promise.all(attacked.map((family) => distribution(family, context))),
    },
    {
      heading: "Accuracy under the fast gradient sign attack",
      text: "eps_ref is where half of the Deep Defense network's test images are misclassified.",
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

/** A figure an attack and network that was measured. */
function transferFigures(rows: readonly TransferRow[]): Figure[] {
  const measured = rows.filter(({ accuracy }) => accuracy !== null);
  const pairs = Map.groupBy(measured, ({ network, attack }) => `${network} ${attack}`);
  return [...pairs.values()].map(([row]) => transfer(measured, row!));
}

/** The reference that models were fine-tuned from. */
function startOf([model]: readonly TrainJob[], { configs }: Finished) {
  const result = configs.get(model?.parent?.id ?? "")?.result;
  return result as { accuracy: number; rho2: number } | undefined;
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
