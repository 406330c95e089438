import { hasPictures, readPictures } from "../../jobs/pictures_file.ts";
import { isKept, readAttacks } from "../../jobs/run_folder.ts";
import { accuracyAgainstEpsilon } from "../../plots/figures/accuracy_against_epsilon.ts";
import type { Figure } from "../../plots/figures/figure.ts";
import { escapeHtml, type Html } from "../../plots/page/html.ts";
import { imageGrid } from "../../plots/images/image_grid.ts";
import { ratioDistribution, type RatioSeries } from "../../plots/figures/ratio_distribution.ts";
import type { ReportSection } from "../../plots/page/report.ts";
import { methodTitle, networkTitle } from "../../plots/titles.ts";
import type { Table1Row } from "../../experiments/table1.ts";
import { folderOf, modelsOf, type ResultsFolder, signResultOf } from "./results_folder.ts";

/** The methods whose attacked images are shown. */
const pictured = ["reference", "deep_defense"];

/** The sections about each network's first seed, made of the files in the runs' folders. */
export async function runSections(folder: ResultsFolder): Promise<ReportSection[]> {
  const families = familiesOf(folder);
  const all: ReportSection[] = [
    {
      heading: "How far to the nearest mistake",
      text:
        "The distribution of DeepFool's relative perturbations over the test images. Their mean is ρ₂. One seed of each network.",
      content: await distributions(families, folder),
    },
    {
      heading: "Accuracy under the fast gradient sign attack",
      text:
        "ε_ref is where half of the Deep Defense network's test images are misclassified. One seed of each network.",
      content: families.flatMap((family) => signFigure(family, folder)),
    },
    {
      heading: "Attacked images",
      text: "The first test image of every class that the network predicts right.",
      content: await grids(folder),
    },
  ];
  return all.filter(({ content }) => content.length > 0);
}

/** The models of each network's first seed. */
function familiesOf(folder: ResultsFolder): Table1Row[][] {
  return [...Map.groupBy(modelsOf(folder), ({ network }) => network).values()]
    .map((models) => models.filter(({ seed }) => seed === models[0]!.seed));
}

/** The models whose attacked images are shown. */
export function picturedModels(folder: ResultsFolder): Table1Row[] {
  return familiesOf(folder).flat().filter(({ method }) => pictured.includes(method));
}

/** The models of first seeds that lack something for their figures. */
export interface Incomplete {
  /** Those without attacks.arrow. */
  readonly attacks: readonly Table1Row[];
  /** Those without results of the fast gradient sign attack. */
  readonly sign: readonly Table1Row[];
  /** Those that should have pictures but lack them. */
  readonly pictures: readonly Table1Row[];
}

/** The models of first seeds that lack something for their figures. */
export async function incompleteIn(folder: ResultsFolder): Promise<Incomplete> {
  const without = async (models: Table1Row[], has: (folder: string) => Promise<boolean>) => {
    const there = await Promise.all(models.map(({ run_id }) => has(folderOf(folder, run_id))));
    return models.filter((_, i) => !there[i]);
  };
  const models = familiesOf(folder).flat();
  return {
    attacks: await without(models, (run) => isKept(run, "attacks")),
    sign: models.filter(({ run_id }) => !signResultOf(run_id, folder)),
    pictures: await without(picturedModels(folder), hasPictures),
  };
}

/** For each network a distribution of the models whose attacks were kept. */
async function distributions(
  families: readonly Table1Row[][],
  folder: ResultsFolder,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const family of families) {
    const series: RatioSeries[] = [];
    for (const { run_id, method } of family) {
      const run = folderOf(folder, run_id);
      if (!await isKept(run, "attacks")) continue;
      series.push({ method, ratios: (await readAttacks(run)).map(({ ratio }) => ratio ?? NaN) });
    }
    if (series.length === 0) continue;
    figures.push(ratioDistribution(series, { title: networkTitle(family[0]!.network) }));
  }
  return figures;
}

/** The accuracies of a network's models; nothing where none was measured. */
function signFigure(models: readonly Table1Row[], folder: ResultsFolder): Figure[] {
  const curves = models.flatMap(({ run_id, method }) => {
    const result = signResultOf(run_id, folder);
    return result ? [{ method, ...result }] : [];
  });
  if (curves.length === 0) return [];
  const [{ epsilon_ref }] = curves as [typeof curves[number]];
  const title = networkTitle(models[0]!.network);
  return [accuracyAgainstEpsilon(curves, { title, epsilonRef: epsilon_ref })];
}

async function grids(folder: ResultsFolder): Promise<Html[]> {
  const grids: Html[] = [];
  for (const { run_id, network, method } of picturedModels(folder)) {
    const pictures = await readPictures(folderOf(folder, run_id));
    if (!pictures) continue;
    const { html, alt } = imageGrid(pictures.images, { shape: pictures.shape });
    const title = `${networkTitle(network)}, ${methodTitle(method)}`;
    grids.push({ html: `<h3>${escapeHtml(title)}</h3>${html}`, alt: `${title}: ${alt}` });
  }
  return grids;
}
