import type { AutoAttackRow } from "../../experiments/auto_attack.ts";
import type { RobustnessRow } from "../../experiments/robustness.ts";
import type { Table1Row } from "../../experiments/table1.ts";
import { isKept, readAttacks } from "../../jobs/run_folder.ts";
import { percentage } from "../../metrics/percentage.ts";
import { accuracySigns, attackSigns } from "../../metrics/warning_signs.ts";
import type { ReportSection } from "../../plots/page/report.ts";
import { summaryList } from "../../plots/page/summary_list.ts";
import { methodTitle, networkTitle } from "../../plots/titles.ts";
import { folderOf, modelsOf, type ResultsFolder } from "./results_folder.ts";

/**
 * Signs that a folder's figures say less than they seem to, in sentences: attacks that fail or fool nothing, accuracy that rises with
 * the attack's strength, signs of masked gradients. They are read from the tables and, where DeepFool failed, the runs' attacks.arrow.
 *
 * @throws {DamagedError} when an attacks.arrow cannot be read.
 */
export async function warningsIn(folder: ResultsFolder): Promise<string[]> {
  const models = modelsOf(folder);
  const searches = await Promise.all(models.map((row) => searchWarnings(row, folder)));
  const { robustness, auto_attack } = folder.results;
  return [
    ...searches.flat(),
    ...models.flatMap(signWarnings),
    ...robustness.flatMap(strongWarnings),
    ...auto_attack.flatMap(autoAttackWarnings),
  ];
}

/** The section of a report that lists them; nothing where there are none. */
export async function warningSection(folder: ResultsFolder): Promise<ReportSection[]> {
  const found = await warningsIn(folder);
  return found.length > 0 ? [{ heading: "Warning signs", content: [summaryList(found)] }] : [];
}

/** What DeepFool's failures do to a model's rho_2. */
async function searchWarnings(row: Table1Row, folder: ResultsFolder): Promise<string[]> {
  const { run_id, fooled_rate } = row;
  if (fooled_rate === null || fooled_rate === 1) return [];
  const run = folderOf(folder, run_id);
  const sentences = await isKept(run, "attacks")
    ? await signsOfRun(run)
    : [failures(1 - fooled_rate)];
  return sentences.map((sentence) => about(row, "DeepFool", sentence));
}

/** The signs of DeepFool's results for every test image. */
async function signsOfRun(run: string): Promise<string[]> {
  const rows = await readAttacks(run);
  const signs = attackSigns({
    count: rows.length,
    predicted: Uint16Array.from(rows, ({ predicted }) => predicted),
    fooledAs: Uint16Array.from(rows, ({ fooled_as }) => fooled_as),
    fooled: Uint16Array.from(rows, ({ predicted, fooled_as }) => Number(predicted !== fooled_as)),
    iterations: Uint16Array.from(rows, ({ iterations }) => iterations ?? 0),
    ratios: Float32Array.from(rows, ({ ratio }) => ratio ?? NaN),
  });
  return signs.map(({ sentence }) => sentence);
}

/** What is known without the results for every image. */
function failures(share: number): string {
  if (share === 1) return "The attack fools nothing. Check its settings and the model's gradients.";
  return `The attack fails on ${
    percentage(share)
  } of the test images. They count in ρ₂ with the perturbation that they ` +
    "have. The mean without them is not known: attacks.arrow of this run was not kept.";
}

/** Whether accuracy rises with the strength of the fast gradient sign attack. */
function signWarnings(row: Table1Row): string[] {
  return rises(row, "the fast gradient sign attack", [0, 0.2, 0.5, 1], [
    row.accuracy,
    row["acc_fgs_0.2"],
    row["acc_fgs_0.5"],
    row["acc_fgs_1.0"],
  ]);
}

/** The attacks of robustness.arrow whose strength is in parts of a reference strength. */
const strongAttacks = { pgd: "PGD in l∞", pgd_l2: "PGD in l2" } as const;

/** Whether accuracy rises with PGD's strength, and the checks for masked gradients that fail. */
function strongWarnings(row: RobustnessRow): string[] {
  const curves = Object.entries(strongAttacks).flatMap(([key, attack]) => {
    const at = (part: "0.2" | "0.5" | "1.0") =>
      row[`acc_${key as keyof typeof strongAttacks}_${part}`];
    return rises(row, attack, [0.2, 0.5, 1], [at("0.2"), at("0.5"), at("1.0")]);
  });
  const failed = row.failed_checks
    ? [
      about(
        row,
        "checks for masked gradients",
        `These do not hold: ${row.failed_checks}. The attacks miss perturbations that exist.`,
      ),
    ]
    : [];
  return [...curves, ...failed];
}

/** The balls of auto_attack.arrow. */
const balls = { acc_linf: "l∞", acc_l2: "l2" } as const;

/** Whether AutoAttack fools nothing or lacks members, and the images that no search for the smallest perturbation fooled. */
function autoAttackWarnings(row: AutoAttackRow): string[] {
  const { accuracy, unfooled, images, left_out } = row;
  const idle = Object.entries(balls).flatMap(([key, norm]) =>
    accuracy !== null && accuracy > 0 && row[key as keyof typeof balls] === accuracy
      ? [`It fools nothing in the ${norm} ball. Check the radius and the model's gradients.`]
      : []
  );
  const lacking = left_out
    ? [`It ran without members (${left_out}): all of its members might fool more.`]
    : [];
  const open = unfooled
    ? [
      `None of DeepFool, the fast minimum-norm attack and FAB fools ${
        unfooled.toLocaleString("en")
      } of ` +
      `${
        images.toLocaleString("en")
      } images. The mean of the smallest perturbations leaves them out.`,
    ]
    : [];
  return [
    ...[...idle, ...lacking].map((sentence) => about(row, "AutoAttack", sentence)),
    ...open.map((sentence) => about(row, "smallest perturbation", sentence)),
  ];
}

/** The sign of a curve that rises; none where a point of it is missing. */
function rises(
  row: Model,
  attack: string,
  parts: readonly number[],
  accuracies: readonly (number | null)[],
): string[] {
  const measured = accuracies.filter((accuracy) => accuracy !== null);
  if (measured.length < parts.length) return [];
  return accuracySigns(parts, measured).map(({ sentence }) =>
    about(row, `${attack}, ε in parts of the reference strength`, sentence)
  );
}

type Model = Pick<Table1Row, "network" | "method" | "seed">;

/** A sentence with the model and the attack that it is about. */
function about({ network, method, seed }: Model, attack: string, sentence: string): string {
  return `${networkTitle(network)}, ${methodTitle(method)}, seed ${seed}, ${attack}: ${sentence}`;
}
