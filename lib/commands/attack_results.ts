import { mean } from "d3-array";
import type { Attacked, MinimumNormAttacked } from "../attacks/attacked.ts";
import type { Dataset } from "../data/dataset.ts";
import { encodeTable, type Row } from "../experiments/arrow.ts";
import { writeWhole } from "../experiments/files.ts";
import { thisMachine } from "../experiments/machine.ts";
import { attacksColumnsOf } from "../experiments/run_folder.ts";
import { attackedGrid } from "../plots/attacked_grid.ts";
import { reportPage } from "../plots/report.ts";
import type { AttackOptions } from "./attack_options.ts";
import { unitsOf } from "./pixel_flags.ts";

/** What is attacked. */
export interface TestImages extends Dataset {
  /** The place of each test image, and its file where it has one. */
  readonly names: readonly { readonly index: number; readonly file?: string }[];
}

/** Images that the page shows. */
const shown = 30;

/** What is written besides the rows. */
export interface Conclusion {
  readonly settings: object;
  readonly seconds: number;
  /** What was found of saved images. */
  readonly saved: object;
}

/** Writes the rows, the summary and the pictures, and prints the summary. */
export async function conclude(
  attacked: Attacked | MinimumNormAttacked,
  dataset: TestImages,
  options: AttackOptions,
  { settings, seconds, saved }: Conclusion,
): Promise<void> {
  const { out, json } = options;
  const rows = rowsOf(attacked, dataset);
  const summary = {
    ...summaryOf(rows, options),
    ...saved,
    duration_seconds: seconds,
  };
  const record = { settings, summary, machine: thisMachine() };
  await writeWhole(`${out}/attacks.arrow`, encodeTable(attacksColumnsOf(rows), rows));
  await writeWhole(`${out}/attacks.json`, `${JSON.stringify(record, null, 2)}\n`);
  await writeWhole(`${out}/attacks.html`, page(attacked, rows, dataset, record, options));
  const lines = Object.entries(summary).map(([key, value]) => `${key} ${value ?? "-"}`);
  console.log(json ? JSON.stringify(summary) : `${lines.join("\n")}\nwritten to ${out}`);
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

function summaryOf(rows: readonly Row[], { target, within, flags }: AttackOptions) {
  const others = rows.filter(({ label }) => label !== target);
  const share = (holds: (row: Row) => boolean) => rows.filter(holds).length / rows.length;
  return {
    images: rows.length,
    accuracy: share(({ label, predicted }) => label === predicted),
    accuracy_under_attack: share(({ label, predicted, fooled_as }) =>
      label === predicted && label === fooled_as
    ),
    changed: share(({ predicted, fooled_as }) => predicted !== fooled_as),
    ...(typeof target === "number"
      ? { reached: others.filter((row) => row.fooled_as === target).length / others.length }
      : {}),
    mean_norm: mean(rows, ({ norm }: Row) => norm as number) ?? null,
    mean_ratio: mean(rows, ({ ratio }: Row) => ratio as number) ?? null,
    without_ratio: rows.filter(({ ratio }) => Number.isNaN(ratio)).length,
    mean_iterations: mean(rows, ({ iterations }: Row) => iterations as number | null) ?? null,
    ...(Number.isNaN(flags.epsilon) ? {} : { epsilon: flags.epsilon }),
    units: unitsOf[within],
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
  return reportPage({
    title: `${attack} on ${network}, ${dataset.title}`,
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
