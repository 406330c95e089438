import { ascending, mean } from "d3-array";
import { pictureShape } from "../../data/dataset.ts";
import { lines } from "../../plots/figures/lines.ts";
import { significant } from "../../plots/numbers.ts";
import type { Html } from "../../plots/page/html.ts";
import { plotlyScript } from "../../plots/page/plotly_script.ts";
import { reportPage, type ReportSection } from "../../plots/page/report.ts";
import { scrollable } from "../../plots/page/scrollable.ts";
import { summaryList } from "../../plots/page/summary_list.ts";
import { table, tableOf, type TableRow } from "../../plots/page/table.ts";
import { networkTitle } from "../../plots/titles.ts";
import type { TestImages } from "../shared/test_images.ts";
import { machineInWords } from "../report/subject.ts";
import { pictureSections } from "./pictures.ts";
import type { EvaluationRecord, EvaluationSummary } from "./record.ts";
import type { Evaluated } from "./evaluate_in_blocks.ts";
import { evaluationTitle, explanations, leftOutOfMeans, warningsOf } from "./sentences.ts";
import { percentage } from "../../metrics/percentage.ts";
import { normInWords, rhoInWords, smallestRho, written } from "./words.ts";

/** Classes that the page shows. */
const mostClasses = 30;

/** Models whose images the page shows. */
const mostPictured = 4;

/** evaluate.html: the models in a table like a model zoo's, their curves, classes, and the hardest and easiest images. */
export async function evaluationPage(
  { summary, settings, command, machine }: EvaluationRecord,
  evaluated: readonly Evaluated[],
  dataset: TestImages,
): Promise<string> {
  const { models, images } = summary;
  return reportPage({
    title: evaluationTitle(summary),
    about: {
      "Data": `${images.toLocaleString("en")} test images of ${dataset.title}`,
      "Budget": `${summary.budget}: ${
        summary.attacks.map(({ name, title }) => `${title} (${name})`).join(", ")
      }`,
      "Command": command,
      "Date": new Date().toISOString().slice(0, 10),
      "Machine": machineInWords(machine),
    },
    sections: [
      leaderboard(summary),
      curves(summary),
      warnings(summary),
      attacksAlone(summary),
      sizes(summary),
      classes(summary),
      ...pictures(summary, evaluated, dataset),
    ],
    settings,
    machine,
    durationSeconds: models.reduce((sum, { duration_seconds }) => sum + duration_seconds, 0),
    plotlyScript: await plotlyScript(),
  });
}

function leaderboard(summary: EvaluationSummary): ReportSection {
  const { models, epsilons } = summary;
  const rho = rhoInWords(summary);
  const rows = models.map((model, i): TableRow => ({
    "": i + 1,
    "Model": model.name,
    "Clean": percentage(model.accuracy),
    ...Object.fromEntries(
      epsilons.map((epsilon, at) => [
        `ε\u00a0${written(epsilon, summary)}`,
        percentage(model.robust_accuracies[at]!),
      ]),
    ),
    [`${rho} by prediction`]: ratio(smallestRho(model).by_prediction),
    [`${rho} by label`]: ratio(smallestRho(model).by_label),
    "Network": networkTitle(model.network),
  }));
  return {
    heading: "Robust accuracy",
    content: [
      wide(rows, `Sorted by the mean of the robust accuracies, ${normInWords(summary)} norm`),
      summaryList([
        ...models.flatMap((model) => leftOutOfMeans(model, summary)),
        ...explanations(summary),
      ]),
    ],
  };
}

/** The robust accuracy of all models against epsilon. */
function curves(summary: EvaluationSummary): ReportSection {
  const { models, units, curve_epsilons: x } = summary;
  return {
    heading: "Against the strength",
    text:
      "An image counts at ε if it is predicted right and its smallest known perturbation is larger than ε. " +
      "All attacks contribute their perturbations, so that no curve rises; attacks with a bound are made at the strengths of the table " +
      "only, and between them a curve rests mostly on the searches for the smallest perturbation.",
    content: [
      lines(models.map(({ name, curve }) => ({ name, x, y: curve })), {
        x: `ε, ${normInWords(summary)} norm (${units})`,
        y: "Robust accuracy",
        percent: true,
        axes: { y: { rangemode: "tozero" } },
        alt: `Robust accuracy against ε, of ${models.map(({ name }) => name).join(", ")}.`,
      }),
    ],
  };
}

function warnings(summary: EvaluationSummary): ReportSection {
  const found = summary.models.flatMap((model) => warningsOf(model, summary));
  return {
    heading: "Warning signs",
    ...found.length === 0 ? { text: "None.", content: [] } : { content: [summaryList(found)] },
  };
}

/** The accuracy under each attack with a bound. */
function attacksAlone(summary: EvaluationSummary): ReportSection {
  const rows = summary.models.flatMap(({ name, under_attack }) =>
    Array.from(
      Map.groupBy(under_attack, ({ attack }) => attack),
      ([attack, each]): TableRow => ({
        "Model": name,
        "Attack": attack,
        ...Object.fromEntries(
          each.map(({ epsilon, accuracy }) => [
            `ε\u00a0${written(epsilon, summary)}`,
            percentage(accuracy),
          ]),
        ),
      }),
    )
  );
  return {
    heading: "Each attack alone",
    text: "The share of images that is predicted right before and after one attack.",
    content: [wide(rows, "Accuracy under attacks with a bound")],
  };
}

/** How large the smallest perturbations are. */
function sizes(summary: EvaluationSummary): ReportSection {
  const rho = rhoInWords(summary);
  const rows = summary.models.flatMap(({ name, rho: all }) =>
    all.map(({ attack, by_prediction, by_label, unfooled }): TableRow => ({
      "Model": name,
      "Attack": attack ?? "smallest of all",
      [`${rho} by prediction`]: ratio(by_prediction),
      [`${rho} by label`]: ratio(by_label),
      "Not fooled": unfooled,
    }))
  );
  return {
    heading: "How large the smallest perturbations are",
    text:
      `${rho} is the mean of the perturbation's ${normInWords(summary)} norm over the image's. ` +
      "Images that a search does not fool count with the perturbation they have; in the smallest of all, they are left out.",
    content: [wide(rows, "Searches for the smallest perturbation")],
  };
}

/** Accuracy and robust accuracy at the smallest strength, by class; of many classes, those that resist least. */
function classes(summary: EvaluationSummary): ReportSection {
  const { models, epsilons } = summary;
  const at = written(epsilons[0]!, summary);
  const of = (label: number) =>
    models.map(({ classes }) => classes.find((one) => one.class === label)!);
  const robust = (label: number) =>
    mean(of(label).map(({ robust_accuracies }) => robust_accuracies[0]!))!;
  const labels = models[0]!.classes.map((one) => one.class);
  const isCut = labels.length > mostClasses;
  const shown = isCut
    ? labels.toSorted((a, b) => ascending(robust(a), robust(b))).slice(0, mostClasses)
    : labels;
  const headings = ["Class", "Images", ...models.map(({ name }) => name)];
  const rows = shown.map((label) => [
    label,
    of(label)[0]!.images,
    ...of(label).map(({ accuracy, robust_accuracies: [robust] }) =>
      `${percentage(robust!)} (${percentage(accuracy)})`
    ),
  ]);
  const cut = isCut
    ? ` The ${mostClasses} of ${labels.length} classes that resist least are shown.`
    : "";
  return {
    heading: "By class",
    text:
      `Robust accuracy at ε ${at}, and accuracy in brackets.${cut} All classes and strengths are in ` +
      "evaluate.json and evaluate.arrow.",
    content: [scrollable(tableOf(headings, rows, "Accuracy of each class"))],
  };
}

/** The images that resist least and most, of the most robust models; where inputs are pictures. */
function pictures(
  { models }: EvaluationSummary,
  evaluated: readonly Evaluated[],
  dataset: TestImages,
): ReportSection[] {
  if (!pictureShape(dataset)) return [];
  return models.slice(0, mostPictured).flatMap(({ name }) => {
    const { evaluation } = evaluated.find(({ contender }) => contender.name === name)!;
    return pictureSections(name, evaluation, dataset);
  });
}

/** A table that scrolls where a screen is narrow. */
function wide(rows: readonly TableRow[], alt: string): Html {
  return scrollable(table(rows, alt));
}

function ratio(value: number | null): string {
  return value === null ? "–" : significant(value);
}
