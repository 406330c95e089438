import { mean } from "d3-array";
import { createHash } from "node:crypto";
import type { Attacked, MinimumNormAttacked } from "../attacks/attacked.ts";
import { attacks } from "../attacks/attacks.ts";
import { readRows } from "../data/blocks.ts";
import type { Dataset, StreamedDataset } from "../data/dataset.ts";
import { createEngine } from "../engine/engine.ts";
import { encodeTable, type Row } from "../experiments/arrow.ts";
import { makeFolder, writeWhole } from "../experiments/files.ts";
import { thisMachine } from "../experiments/machine.ts";
import { attacksColumnsOf } from "../experiments/run_folder.ts";
import { attackedGrid } from "../plots/attacked_grid.ts";
import { reportPage } from "../plots/report.ts";
import { type AttackOptions, help, readOptions } from "./attack_options.ts";
import { loadShown } from "./load_shown.ts";
import { readModel, titleOf } from "./model_file.ts";

/** What is attacked. */
interface TestImages extends Dataset {
  /** The place of each test image, and its file where it has one. */
  readonly names: readonly { readonly index: number; readonly file?: string }[];
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
  const whole = await loadShown(options, options.model.network);
  const dataset = await firstOf(whole, options.images);
  const model = await readModel(options.model, dataset);
  await makeFolder(options.out);
  await using engine = await createEngine(options.engine);
  const begun = performance.now();
  const { run } = attacks[options.attack]!;
  const attacked = await run(engine, model, dataset.test, options.flags, { onProgress });
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

/** A line that is rewritten on a terminal; nothing elsewhere. */
function onProgress(done: number, total: number): void {
  if (!Deno.stderr.isTerminal()) return;
  const text = `\r\x1b[2Kattacked ${done} of ${total} images${done === total ? "\n" : ""}`;
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

/** Writes the rows, the summary and the pictures, and prints the summary. */
async function conclude(
  attacked: Attacked | MinimumNormAttacked,
  dataset: TestImages,
  options: AttackOptions,
  durationSeconds: number,
): Promise<void> {
  const { out, json, engine: _, flags: __, model, ...others } = options;
  const settings = { weightsFile: model.path, network: titleOf(model), ...others };
  const rows = rowsOf(attacked, dataset);
  const summary = {
    ...summaryOf(rows),
    duration_seconds: durationSeconds,
  };
  const weightsHash = createHash("sha256").update(await Deno.readFile(model.path));
  const record = {
    settings: { ...settings, ...shownFlags(options), weights_sha256: weightsHash.digest("hex") },
    summary,
    machine: thisMachine(),
  };
  await writeWhole(`${out}/attacks.arrow`, encodeTable(attacksColumnsOf(rows), rows));
  await writeWhole(`${out}/attacks.json`, `${JSON.stringify(record, null, 2)}\n`);
  await writeWhole(`${out}/attacks.html`, page(attacked, rows, dataset, record, options));
  const lines = Object.entries(summary).map(([key, value]) => `${key} ${value ?? "-"}`);
  console.log(json ? JSON.stringify(summary) : `${lines.join("\n")}\nwritten to ${out}`);
}

/** The attack's own flags, as they are written down. */
function shownFlags({ attack, flags }: AttackOptions) {
  const { needs, options } = attacks[attack]!;
  return Object.fromEntries(
    Object.entries(flags).filter(([flag]) => flag in options || needs.some((name) => name === flag))
      .map(([flag, value]) => [flag, value === Infinity ? "inf" : value]),
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

function summaryOf(rows: readonly Row[]) {
  const share = (holds: (row: Row) => boolean) => rows.filter(holds).length / rows.length;
  return {
    images: rows.length,
    accuracy: share(({ label, predicted }) => label === predicted),
    accuracy_under_attack: share(({ label, predicted, fooled_as }) =>
      label === predicted && label === fooled_as
    ),
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
  { attack, model }: AttackOptions,
): string {
  const indices = Array.from({ length: Math.min(shown, rows.length) }, (_, index) => index);
  return reportPage({
    title: `${attack} on ${titleOf(model)}, ${dataset.title}`,
    sections: [{
      heading: "Attacked images",
      text: `The first ${indices.length} test images.`,
      content: [attackedGrid(dataset, indices, attacked)],
    }],
    settings: { ...settings, ...summary },
    machine: { ...machine },
    durationSeconds: (summary as { duration_seconds: number }).duration_seconds,
    plotlyScript: "", // pictures only
  });
}
