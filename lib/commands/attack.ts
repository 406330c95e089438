import { createHash } from "node:crypto";
import { basename } from "node:path";
import type { Attacked, MinimumNormAttacked } from "../attacks/attacked.ts";
import { type AttackFlags, attacks } from "../attacks/attacks.ts";
import { readRows } from "../data/blocks.ts";
import type { Dataset, StreamedDataset } from "../data/dataset.ts";
import { createEngine } from "../engine/engine.ts";
import { encodeTable, type Row } from "../experiments/arrow.ts";
import { makeFolder, writeWhole } from "../experiments/files.ts";
import type { Json } from "../experiments/jobs.ts";
import type { LeftOut } from "../experiments/left_out.ts";
import { type Machine, thisMachine } from "../experiments/machine.ts";
import { attacksColumnsOf } from "../experiments/run_folder.ts";
import { attackedGrid } from "../plots/attacked_grid.ts";
import { plotlyScript } from "../plots/plotly_script.ts";
import { ratioDistribution } from "../plots/ratio_distribution.ts";
import { reportPage } from "../plots/report.ts";
import { summaryList } from "../plots/summary_list.ts";
import { networkTitle } from "../plots/titles.ts";
import { type AttackOptions, help, readOptions } from "./attack_options.ts";
import {
  type AttackSummary,
  attackTitle,
  euclideanRatios,
  type NamedAttack,
  sentencesOf,
  summaryOf,
} from "./attack_summary.ts";
import { loadShown } from "./load_shown.ts";
import { readModel, titleOf } from "./model_file.ts";
import { progressOnStderr, time } from "./progress.ts";
import { machineInWords } from "./report_subject.ts";

/** What is attacked. */
interface TestImages extends Dataset {
  /** The place of each test image, and its file where it has one. */
  readonly names: readonly { readonly index: number; readonly file?: string }[];
}

/** What attacks.json holds. */
interface AttackRecord {
  readonly settings: { readonly [key: string]: Json };
  readonly summary: AttackSummary;
  readonly machine: Machine;
}

/** Images that the page shows. */
const shown = 30;

/** `attack`: attacks a model's test images. Returns the exit code. */
export async function attack(args: readonly string[]): Promise<number> {
  const options = await readOptions(args);
  if (!options) {
    console.log(help);
    return 0;
  }
  const { dataset: all, leftOut } = await loadShown(options, options.model.network);
  const dataset = await firstOf(all, options.images);
  const model = await readModel(options.model, dataset);
  await makeFolder(options.out);
  await using engine = await createEngine(options.engine);
  const begun = performance.now();
  const { run } = attacks[options.attack]!;
  const view = progressOnStderr();
  const attacked = await run(engine, model, dataset.test, options.flags, {
    onProgress: (done, total) => view.show({ name: "attacking", done, total }),
  }).finally(view.end);
  const seconds = (performance.now() - begun) / 1000;
  await conclude(attacked, { ...dataset, leftOut }, options, seconds);
  return 0;
}

/** Of images that are read on demand, how many are attacked if no number is named. */
const mostStreamed = 1000;

/** The dataset with its first test images alone, in memory, and what each is called. */
async function firstOf(dataset: Dataset | StreamedDataset, images?: number): Promise<TestImages> {
  const { count, files } = { files: undefined, ...dataset.test };
  const most = Math.min(images ?? (files ? mostStreamed : count), count);
  const test = await readRows(dataset.test, Uint32Array.from({ length: most }, (_, i) => i));
  const names = Array.from(
    test.indices,
    (index) => files ? { index, file: files[index]! } : { index },
  );
  return { ...dataset, train: test, test, names };
}

/** Writes the rows, the summary and the pictures, and prints the summary. */
async function conclude(
  attacked: Attacked | MinimumNormAttacked,
  dataset: TestImages & { readonly leftOut: LeftOut },
  options: AttackOptions,
  durationSeconds: number,
): Promise<void> {
  const { out, json, engine: _, flags, model, ...others } = options;
  const settings = { weightsFile: model.path, network: titleOf(model), ...others };
  const rows = rowsOf(attacked, dataset);
  const ratios = euclideanRatios(attacked, dataset.test.images, ownFlags(options.attack, flags));
  const summary = summaryOf(rows, { ratios, leftOut: dataset.leftOut, durationSeconds });
  const weightsHash = createHash("sha256").update(await Deno.readFile(model.path));
  const record = {
    settings: { ...settings, ...shownFlags(options), weights_sha256: weightsHash.digest("hex") },
    summary,
    machine: thisMachine(),
  };
  const html = await page({ ...attacked, ratios }, dataset, record, options);
  await writeWhole(`${out}/attacks.arrow`, encodeTable(attacksColumnsOf(rows), rows));
  await writeWhole(`${out}/attacks.json`, `${JSON.stringify(record, null, 2)}\n`);
  await writeWhole(`${out}/attacks.html`, html);
  console.log(json ? JSON.stringify(summary) : printed(summary, nameOf(options, dataset), out));
}

/** The summary as it is printed. */
function printed(summary: AttackSummary, attack: NamedAttack, out: string): string {
  const title = `${attackTitle(attack, summary.images)} (${time(summary.duration_seconds)})`;
  const sentences = sentencesOf(summary, attack).map((sentence) => `  ${sentence}`);
  return [title, ...sentences, `attacks.arrow, attacks.json and attacks.html are in ${out}`]
    .join("\n");
}

/** The attack as its summary names it, with the flags that it has. */
function nameOf(
  { attack, flags, model }: AttackOptions,
  { title: dataset }: Dataset,
): NamedAttack {
  const { title } = attacks[attack]!;
  return { title, flags: ownFlags(attack, flags), network: networkTitle(titleOf(model)), dataset };
}

/** The attack's own flags, as they are written down. */
function shownFlags({ attack, flags }: AttackOptions) {
  return Object.fromEntries(
    Object.entries(ownFlags(attack, flags))
      .map(([flag, value]) => [flag, value === Infinity ? "inf" : value]),
  );
}

/** The flags that an attack has. */
function ownFlags(attack: string, flags: AttackFlags): Partial<AttackFlags> {
  const { needs, options } = attacks[attack]!;
  return Object.fromEntries(
    Object.entries(flags).filter(([flag]) =>
      flag in options || needs.some((name) => name === flag)
    ),
  );
}

function rowsOf(attacked: Attacked | MinimumNormAttacked, { test, names }: TestImages): Row[] {
  const { norms, ratios, predicted, fooledAs } = attacked;
  const iterations = "iterations" in attacked ? attacked.iterations : undefined;
  return Array.from(test.labels, (label, index) => ({
    ...names[index]!,
    label,
    predicted: predicted[index]!,
    fooled_as: fooledAs[index]!,
    iterations: iterations?.[index] ?? null,
    norm: norms[index]!,
    ratio: ratios[index]!,
  }));
}

/** The attack and what it was told: `DeepFool: norm 2, iterations 50, overshoot 0.02`. */
function attackInWords(options: AttackOptions): string {
  const flags = Object.entries(shownFlags(options)).map(([name, value]) => `${name} ${value}`);
  return `${attacks[options.attack]!.title}: ${flags.join(", ")}`;
}

/** The page: what was attacked, what came of it, and pictures. */
async function page(
  attacked: Attacked,
  dataset: Dataset,
  { settings, summary, machine }: AttackRecord,
  options: AttackOptions,
): Promise<string> {
  const { images, duration_seconds: durationSeconds } = summary;
  const attack = nameOf(options, dataset);
  const indices = Array.from({ length: Math.min(shown, images) }, (_, index) => index);
  return reportPage({
    title: `${attack.network} under ${attack.title}`,
    about: {
      "Model": `${basename(options.model.path)}, SHA-256 ${settings.weights_sha256}`,
      "Attack": attackInWords(options),
      "Data": `${images.toLocaleString("en")} test images of ${dataset.title}`,
      "Date": new Date().toISOString().slice(0, 10),
      "Machine": machineInWords(machine),
    },
    sections: [{
      heading: "Summary",
      content: [summaryList(sentencesOf(summary, attack))],
    }, {
      heading: "How large the perturbations are",
      text: "The distribution of their norms over the images'. Its mean is ρ₂.",
      content: [
        ratioDistribution([{ method: attack.title, ratios: attacked.ratios }], {
          attack: attack.title,
        }),
      ],
    }, {
      heading: "Attacked images",
      text: `The first ${indices.length} test images.`,
      content: [attackedGrid(dataset, indices, attacked)],
    }],
    settings,
    machine,
    durationSeconds,
    plotlyScript: await plotlyScript(),
  });
}
