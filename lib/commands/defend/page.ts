import { basename } from "node:path";
import { pictureShape } from "../../data/dataset.ts";
import type { MachineFacts } from "../../jobs/machine.ts";
import { attackedGrid } from "../../plots/images/attacked_grid.ts";
import { lines } from "../../plots/figures/lines.ts";
import { plotlyScript } from "../../plots/page/plotly_script.ts";
import { reportPage, type ReportSection } from "../../plots/page/report.ts";
import { summaryList } from "../../plots/page/summary_list.ts";
import { table } from "../../plots/page/table.ts";
import { methodTitle } from "../../plots/titles.ts";
import { machineInWords } from "../report/subject.ts";
import type { DefendRecord, DefendResults } from "./record.ts";
import { percentage } from "../../metrics/percentage.ts";
import { digits, heldOutImages, measuredImages, sentencesOf, titleOfDefense } from "./sentences.ts";

/** Images that the page shows for each model. */
const shown = 12;

/** Makes defend.html: figures before and after, the epochs, pictures that fool either model, the command. */
export async function defendPage(
  results: DefendResults,
  { settings, summary, machine }: Pick<DefendRecord, "settings"> & {
    readonly summary: { readonly duration_seconds: number };
    readonly machine: MachineFacts;
  },
): Promise<string> {
  const { command, dataset } = results;
  return reportPage({
    title: titleOfDefense(results),
    about: {
      "Model": `${basename(command.model.path)}, SHA-256 ${settings.weights_sha256}`,
      "Method": methodTitle(command.method),
      "Data": dataset.title,
      "Command": command.command,
      "Date": new Date().toISOString().slice(0, 10),
      "Machine": machineInWords(machine),
    },
    sections: [
      { heading: "Summary", content: [summaryList(sentencesOf(results, settings))] },
      { heading: "Before and after", content: [beforeAndAfter(results, settings)] },
      curves(results),
      ...pictures(results),
    ],
    settings,
    machine,
    durationSeconds: summary.duration_seconds,
    plotlyScript: await plotlyScript(),
  });
}

function beforeAndAfter(
  { before, after, dataset, command: { chooseOn } }: DefendResults,
  { epsilon }: DefendRecord["settings"],
) {
  const [from, to] = [before.figures, after.figures];
  const row = (what: string, one: string, other: string) => ({
    "Measure": what,
    before: one,
    after: other,
  });
  const ratio = (value: number | null) => value === null ? "–" : digits(value);
  return table(
    [
      row("accuracy", percentage(from.accuracy), percentage(to.accuracy)),
      row("ρ₂ (DeepFool)", ratio(from.rho2), ratio(to.rho2)),
      row("ρ₂ (fast minimum-norm attack)", ratio(from.rho2_fmn), ratio(to.rho2_fmn)),
      row(
        `accuracy under PGD, l2, ε ${digits(Number(epsilon))}`,
        percentage(from.accuracy_pgd),
        percentage(to.accuracy_pgd),
      ),
    ],
    `Measured on ${measuredImages[chooseOn]}; attacks on the first ${
      dataset.test.count.toLocaleString("en")
    } of them`,
  );
}

/** Accuracy, rho_2 and the loss after every epoch. */
function curves({ defended: { epochs }, command: { chooseOn } }: DefendResults): ReportSection {
  const there = heldOutImages[chooseOn];
  const x = epochs.map(({ epoch }) => epoch);
  const trained = epochs.filter(({ epoch }) => epoch > 0);
  return {
    heading: "Over the epochs",
    text: `On ${there}; epoch 0 is the original model.`,
    content: [
      lines([{ name: "held out", x, y: epochs.map(({ accuracy }) => accuracy) }], {
        x: "Epoch",
        y: "Accuracy",
        percent: true,
        axes: { y: { tickformat: ".1%" } },
        alt: "Accuracy on held-out images after every epoch.",
      }),
      lines([{ name: "held out", ...rho2Curve(epochs) }], {
        x: "Epoch",
        y: "ρ₂",
        alt: "ρ₂ of DeepFool on held-out images after every epoch.",
      }),
      lines(
        [
          { name: "cross-entropy", of: trained.map(({ loss }) => loss ?? 0) },
          { name: "regulariser", of: trained.map(({ regularizer }) => regularizer ?? 0) },
        ].map(({ name, of }) => ({ name, x: trained.map(({ epoch }) => epoch), y: of })),
        { x: "Epoch", y: "Loss", alt: "The two parts of the loss, means over an epoch's steps." },
      ),
    ],
  };
}

/** rho_2 after every epoch in which an image had a ratio. */
function rho2Curve(epochs: DefendResults["defended"]["epochs"]) {
  const known = epochs.flatMap(({ epoch, rho2 }) => rho2 === null ? [] : [{ epoch, rho2 }]);
  return { x: known.map(({ epoch }) => epoch), y: known.map(({ rho2 }) => rho2) };
}

/** Pictures that fool the model before and after, where inputs are pictures. */
function pictures(
  { dataset, before, after, command: { chooseOn } }: DefendResults,
): ReportSection[] {
  if (!pictureShape(dataset)) return [];
  const indices = Array.from({ length: Math.min(shown, dataset.test.count) }, (_, i) => i);
  return [
    { heading: "What fools the original model", of: before },
    { heading: "What fools the hardened model", of: after },
  ].map(({ heading, of: { deepfool } }) => ({
    heading,
    text: `DeepFool on the first ${indices.length} of ${measuredImages[chooseOn]}.`,
    content: [attackedGrid(dataset, indices, deepfool)],
  }));
}
