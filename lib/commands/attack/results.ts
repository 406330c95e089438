import type { Attacked, MinimumNormAttacked } from "../../attacks/attacked.ts";
import { encodeTable, type Row } from "../../files/arrow.ts";
import { writeWhole } from "../../files/files.ts";
import type { LeftOut } from "../../jobs/left_out.ts";
import { thisMachine } from "../../jobs/machine.ts";
import { attacksColumnsOf } from "../../jobs/run_folder.ts";
import { time } from "../shared/progress.ts";
import type { AttackRequest } from "./options.ts";
import { attackPage } from "./page.ts";
import type { SavedImages } from "./save_adversarial.ts";
import { attackTitle, sentencesOf } from "./sentences.ts";
import type { RecordedSettings } from "./settings.ts";
import type { WarningSign } from "../../metrics/warning_signs.ts";
import {
  type AttackSummary,
  euclideanRatios,
  type NamedAttack,
  namedAttack,
  summaryOf,
} from "./summary.ts";
import type { TestImages } from "../shared/test_images.ts";

/** The contents of the files besides the rows. */
export interface Conclusion {
  readonly settings: RecordedSettings;
  readonly durationSeconds: number;
  /** Why images were left out, by path. */
  readonly leftOut: LeftOut;
  /** The result for saved images; undefined where none were saved. */
  readonly saved: SavedImages | undefined;
  readonly warnings: readonly WarningSign[];
}

/** Writes the rows, the summary and the pictures, and prints the summary. */
export async function conclude(
  attacked: Attacked | MinimumNormAttacked,
  dataset: TestImages,
  options: AttackRequest,
  { settings, ...outcome }: Conclusion,
): Promise<void> {
  const { out, json } = options;
  const attack = namedAttack(options, dataset);
  const rows = rowsOf(attacked, dataset);
  const ratios = euclideanRatios(attacked, dataset.test.images, attack.flags);
  const summary = summaryOf(rows, attack, { ratios, ...outcome });
  const record = { settings, summary, machine: thisMachine() };
  const html = await attackPage({ ...attacked, ratios }, dataset, record, options);
  await writeWhole(`${out}/attacks.arrow`, encodeTable(attacksColumnsOf(rows), rows));
  await writeWhole(`${out}/attacks.json`, `${JSON.stringify(record, null, 2)}\n`);
  await writeWhole(`${out}/attacks.html`, html);
  console.log(json ? JSON.stringify(summary) : printed(summary, attack, options));
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

/** The summary as it is printed. */
function printed(
  summary: AttackSummary,
  attack: NamedAttack,
  { out, save }: AttackRequest,
): string {
  const files = save
    ? "attacks.arrow, attacks.json, attacks.html, perturbations.safetensors and adversarial/"
    : "attacks.arrow, attacks.json and attacks.html";
  return [
    `${attackTitle(attack, summary.images)} (${time(summary.duration_seconds)})`,
    ...sentencesOf(summary, attack).map((sentence) => `  ${sentence}`),
    `${files} are in ${out}`,
  ].join("\n");
}
