import { encodeTable } from "../../files/arrow.ts";
import { writeWhole } from "../../files/files.ts";
import { firstLeftOut } from "../../jobs/left_out.ts";
import { thisMachine } from "../../jobs/machine.ts";
import { unitsOf } from "../shared/pixel_flags.ts";
import { time } from "../shared/progress.ts";
import type { Evaluated } from "./evaluate_in_blocks.ts";
import type { EvaluateCommand } from "./options.ts";
import { evaluationPage } from "./page.ts";
import type { Problem } from "./problem.ts";
import {
  byRobustness,
  curveEpsilons,
  type EvaluationRecord,
  type EvaluationSummary,
  modelSummary,
} from "./record.ts";
import { evaluationTitle, explanations, leftOutOfMeans, warningsOf } from "./sentences.ts";
import { csvOf, evaluateColumns, imageRows, imagesColumns, measureRows } from "./tables.ts";
import { textTable } from "./text_table.ts";

/** Writes the tables, the record and the page; the record last, since it says that the others are there. */
export async function writeResults(
  evaluated: readonly Evaluated[],
  problem: Problem,
  command: EvaluateCommand,
): Promise<EvaluationRecord> {
  const { out } = command;
  const { key, settings, dataset } = problem;
  const summary = summaryOf(evaluated, problem, command);
  const record = { key, command: command.command, settings, summary, machine: thisMachine() };
  const images = evaluated.flatMap(({ contender: { name }, evaluation }) =>
    imageRows(name, evaluation, dataset)
  );
  await writeWhole(`${out}/evaluate.arrow`, encodeTable(evaluateColumns, measureRows(summary)));
  await writeWhole(`${out}/evaluate_images.arrow`, encodeTable(imagesColumns, images));
  await writeWhole(`${out}/evaluate.csv`, csvOf(summary));
  await writeWhole(`${out}/evaluate.html`, await evaluationPage(record, evaluated, dataset));
  await writeWhole(`${out}/evaluate.json`, `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

function summaryOf(
  evaluated: readonly Evaluated[],
  { dataset, epsilons, leftOut }: Problem,
  { p, within, budget }: EvaluateCommand,
): EvaluationSummary {
  const titles = new Map(
    evaluated.flatMap(({ evaluation }) =>
      evaluation.attacks.map(({ name, title }) => [name, title])
    ),
  );
  return {
    dataset: dataset.title,
    images: dataset.test.count,
    norm: p === 2 ? "2" : "inf",
    units: unitsOf[within],
    budget,
    attacks: Array.from(titles, ([name, title]) => ({ name, title })),
    epsilons,
    curve_epsilons: curveEpsilons(epsilons),
    models: byRobustness(
      evaluated.map(({ contender, evaluation, seconds }) =>
        modelSummary(contender, evaluation, seconds)
      ),
    ),
    left_out: leftOut.size,
    left_out_first: firstLeftOut(leftOut),
  };
}

/** What is printed of an evaluation. */
export function printed({ summary }: EvaluationRecord, { json, out }: EvaluateCommand): string {
  if (json) return JSON.stringify(summary);
  const { models } = summary;
  const seconds = models.reduce((sum, { duration_seconds }) => sum + duration_seconds, 0);
  const warnings = models.flatMap((model) => warningsOf(model, summary));
  return [
    `${evaluationTitle(summary)} (${time(seconds)})`,
    "",
    textTable(summary),
    "",
    ...models.flatMap((model) => leftOutOfMeans(model, summary)),
    ...explanations(summary),
    ...warnings.map((sentence) => `Warning: ${sentence}`),
    `evaluate.html, evaluate.json, evaluate.csv, evaluate.arrow and evaluate_images.arrow are in ${out}`,
  ].join("\n");
}
