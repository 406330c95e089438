import { mean } from "d3-array";
import { createHash } from "node:crypto";
import { deepfool } from "../attacks/deepfool.ts";
import { fastGradientSign } from "../attacks/fast_gradient_sign.ts";
import { fastMinimumNorm } from "../attacks/fast_minimum_norm.ts";
import { norm, ratioOf } from "../attacks/norms.ts";
import { pgd } from "../attacks/pgd.ts";
import { readRows } from "../data/blocks.ts";
import type { Dataset, StreamedDataset } from "../data/dataset.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import { encodeTable, type Row } from "../experiments/arrow.ts";
import { makeFolder, writeWhole } from "../experiments/files.ts";
import { thisMachine } from "../experiments/machine.ts";
import { attacksColumnsOf } from "../experiments/run_folder.ts";
import { networkFor } from "../networks/by_name.ts";
import type { Network } from "../networks/network.ts";
import { checkWeights, readSafetensors, type Weights } from "../networks/weights.ts";
import { attackedGrid } from "../plots/attacked_grid.ts";
import { reportPage } from "../plots/report.ts";
import { type AttackOptions, help, readOptions } from "./attack_options.ts";
import { loadShown } from "./load_shown.ts";

/** What every attack says of the images. */
interface Attacked {
  readonly perturbations: Float32Array;
  readonly norms: Float32Array;
  readonly predicted: Uint16Array;
  readonly fooledAs: Uint16Array;
  /** DeepFool's alone. */
  readonly iterations?: Uint16Array;
}

/** What is attacked. */
interface TestImages extends Dataset {
  /** The place of each test image, and its file where it has one. */
  readonly names: readonly { readonly index: number; readonly file?: string }[];
}

/** A model and what it is attacked on. */
interface Target {
  readonly engine: Engine;
  readonly network: Network;
  readonly weights: Weights;
  readonly dataset: TestImages;
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
  const dataset = await firstOf(await loadShown(options, options.network), options.images);
  const network = networkFor(options.network, dataset);
  const file = (await readSafetensors(options.weightsFile)).weights;
  const weights = checkWeights(file, network.parameters, options.weightsFile);
  await makeFolder(options.out);
  await using engine = await createEngine(options.engine);
  const begun = performance.now();
  const attacked = await run({ engine, network, weights, dataset }, options);
  const seconds = (performance.now() - begun) / 1000;
  await conclude(attacked, dataset, options, seconds);
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

function run(
  { engine, network, weights, dataset }: Target,
  { attack, p, epsilon, iterations, overshoot }: AttackOptions,
): Promise<Attacked> {
  const { images, labels } = dataset.test;
  const limit = iterations === undefined ? {} : { iterations };
  const steps = iterations === undefined ? {} : { steps: iterations };
  switch (attack) {
    case "deepfool":
      return deepfool(engine, network, weights, images, { p, overshoot, ...limit, onProgress });
    case "fmn":
      return fastMinimumNorm(engine, network, weights, images, { ...steps, onProgress });
    case "fgs":
      return fastGradientSign(engine, network, weights, images, labels, epsilon);
    case "pgd":
      return pgd(engine, network, weights, images, labels, { epsilon, p, ...steps, onProgress });
  }
}

/** A line that is rewritten on a terminal; nothing elsewhere. */
function onProgress(done: number, total: number): void {
  if (!Deno.stderr.isTerminal()) return;
  const text = `\r\x1b[2Kattacked ${done} of ${total} images${done === total ? "\n" : ""}`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** Writes the rows, the summary and the pictures, and prints the summary. */
async function conclude(
  attacked: Attacked,
  dataset: TestImages,
  options: AttackOptions,
  durationSeconds: number,
): Promise<void> {
  const { out, json, engine: _, ...settings } = options;
  const rows = rowsOf(attacked, dataset, options.p);
  const summary = {
    ...summaryOf(rows),
    duration_seconds: durationSeconds,
  };
  const weightsHash = createHash("sha256").update(await Deno.readFile(options.weightsFile));
  const record = {
    settings: { ...settings, p: `${options.p}`, weights_sha256: weightsHash.digest("hex") },
    summary,
    machine: thisMachine(),
  };
  await writeWhole(`${out}/attacks.arrow`, encodeTable(attacksColumnsOf(rows), rows));
  await writeWhole(`${out}/attacks.json`, `${JSON.stringify(record, null, 2)}\n`);
  await writeWhole(`${out}/attacks.html`, page(attacked, rows, dataset, record, options));
  const lines = Object.entries(summary).map(([key, value]) => `${key} ${value ?? "-"}`);
  console.log(json ? JSON.stringify(summary) : `${lines.join("\n")}\nwritten to ${out}`);
}

function rowsOf(attacked: Attacked, { test, names }: TestImages, p: number): Row[] {
  const { norms, predicted, fooledAs, iterations } = attacked;
  const length = test.images.length / test.count;
  return Array.from(test.labels, (label, index) => ({
    ...names[index]!,
    label,
    predicted: predicted[index]!,
    fooled_as: fooledAs[index]!,
    iterations: iterations?.[index] ?? null,
    norm: norms[index]!,
    ratio: ratioOf(
      norms[index]!,
      norm(test.images.subarray(index * length, (index + 1) * length), p),
    ),
  }));
}

function summaryOf(rows: readonly Row[]) {
  const share = (holds: (row: Row) => boolean) => rows.filter(holds).length / rows.length;
  return {
    images: rows.length,
    accuracy: share(({ label, predicted }) => label === predicted),
    accuracy_under_attack: share(({ label, fooled_as }) => label === fooled_as),
    changed: share(({ predicted, fooled_as }) => predicted !== fooled_as),
    mean_ratio: mean(rows, ({ ratio }: Row) => ratio as number) ?? null,
    without_ratio: rows.filter(({ ratio }) => Number.isNaN(ratio)).length,
    mean_iterations: mean(rows, ({ iterations }: Row) => iterations as number | null) ?? null,
  };
}

function page(
  attacked: Attacked,
  rows: readonly Row[],
  dataset: Dataset,
  { settings, summary, machine }: { settings: object; summary: object; machine: object },
  { attack, network }: AttackOptions,
): string {
  const indices = Array.from({ length: Math.min(shown, rows.length) }, (_, index) => index);
  const ratios = Float32Array.from(rows, ({ ratio }) => ratio as number);
  return reportPage({
    title: `${attack} on ${network}, ${dataset.title}`,
    sections: [{
      heading: "Attacked images",
      text: `The first ${indices.length} test images.`,
      content: [attackedGrid(dataset, indices, { ...attacked, ratios })],
    }],
    settings: { ...settings, ...summary },
    machine: { ...machine },
    durationSeconds: (summary as { duration_seconds: number }).duration_seconds,
    plotlyScript: "", // pictures only
  });
}
