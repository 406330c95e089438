import { type Columns, encodeTable } from "../../files/arrow.ts";
import { removeIfThere, writeWhole } from "../../files/files.ts";
import { firstLeftOut } from "../../jobs/left_out.ts";
import { thisMachine } from "../../jobs/machine.ts";
import { withoutScale } from "../../networks/in_pixels.ts";
import { writeOnnx } from "../../networks/onnx/write_onnx.ts";
import { encodeSafetensors, type Weights } from "../../mod.ts";
import { time } from "../shared/progress.ts";
import type { DefendCommand } from "./options.ts";
import { defendPage } from "./page.ts";
import type { Problem } from "./problem.ts";
import type { DefendRecord, DefendResults } from "./record.ts";
import { sentencesOf, titleOfDefense } from "./sentences.ts";

/** defend.arrow: one row for the original model, epoch 0, and one for each epoch. */
export const defendColumns: Columns = {
  epoch: "short",
  learning_rate: "real or null",
  loss: "real or null",
  regularizer: "real or null",
  train_accuracy: "real or null",
  held_out_accuracy: "real",
  held_out_rho2: "real or null",
  kept: "truth",
};

/**
 * Writes hardened.safetensors and, for an ONNX model, hardened.onnx: the same file with other weights.
 *
 * @returns The files' names.
 */
export async function writeHardened(
  { plain }: Problem,
  { out, method, model: { network } }: DefendCommand,
  weights: Weights,
): Promise<string> {
  const own = withoutScale(weights, plain.network);
  const about = { method, ...(network ? { network } : {}) };
  await writeWhole(`${out}/hardened.safetensors`, encodeSafetensors(own, about));
  if (!("original" in plain)) {
    await removeIfThere(`${out}/hardened.onnx`); // Of another model.
    return "hardened.safetensors";
  }
  await writeWhole(`${out}/hardened.onnx`, writeOnnx(plain.original, own));
  return "hardened.onnx and hardened.safetensors";
}

/** Writes defend.arrow, defend.json and defend.html, and prints the summary. */
export async function conclude(
  results: DefendResults,
  { key, settings, seconds }: DefendRecord,
): Promise<void> {
  const { command: { out, json }, defended: { kept, epochs }, before, after, leftOut } = results;
  const rows = epochs.map(({ epoch, learningRate, trainAccuracy, accuracy, rho2, ...row }) => ({
    ...row,
    epoch,
    learning_rate: learningRate,
    train_accuracy: trainAccuracy,
    held_out_accuracy: accuracy,
    held_out_rho2: rho2,
    kept: epoch === kept,
  }));
  const summary = {
    kept,
    test_images: results.dataset.test.count,
    before: before.figures,
    after: after.figures,
    warning_signs: { before: before.signs, after: after.signs },
    left_out: leftOut.size,
    left_out_first: firstLeftOut(leftOut),
    duration_seconds: seconds,
  };
  const record = { key, settings, summary, machine: thisMachine() };
  await writeWhole(`${out}/defend.arrow`, encodeTable(defendColumns, rows));
  await writeWhole(`${out}/defend.json`, `${JSON.stringify(record, null, 2)}\n`);
  await writeWhole(`${out}/defend.html`, await defendPage(results, record));
  console.log(json ? JSON.stringify(summary) : printed(results, record));
}

/** The summary as it is printed. */
function printed(results: DefendResults, { settings, summary }: {
  readonly settings: DefendRecord["settings"];
  readonly summary: { readonly duration_seconds: number };
}): string {
  return [
    `${titleOfDefense(results)} (${time(summary.duration_seconds)})`,
    ...sentencesOf(results, settings).map((sentence) => `  ${sentence}`),
    `The hardened model, defend.arrow, defend.json and defend.html are in ${results.command.out}`,
  ].join("\n");
}
