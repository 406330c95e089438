import { basename } from "node:path";
import type { Attacked } from "../../attacks/attacked.ts";
import { attacks } from "../../attacks/attacks.ts";
import { type Dataset, pictureShape, type Split } from "../../data/dataset.ts";
import type { MachineFacts } from "../../jobs/machine.ts";
import { ratioDistribution } from "../../plots/figures/ratio_distribution.ts";
import { attackedGrid } from "../../plots/images/attacked_grid.ts";
import { plotlyScript } from "../../plots/page/plotly_script.ts";
import { reportPage, type ReportSection } from "../../plots/page/report.ts";
import { summaryList } from "../../plots/page/summary_list.ts";
import { machineInWords } from "../report/subject.ts";
import type { AttackRequest } from "./options.ts";
import { sentencesOf } from "./sentences.ts";
import { type RecordedSettings, shownFlags } from "./settings.ts";
import { type AttackSummary, namedAttack } from "./summary.ts";

/** The contents of attacks.json. */
export interface AttackRecord {
  readonly settings: RecordedSettings;
  readonly summary: AttackSummary;
  readonly machine: MachineFacts;
}

/** Images that the page shows. */
const shown = 30;

/**
 * Makes attacks.html: what was attacked, the results, and pictures.
 *
 * @param attacked Its ratios are in the l2 norm.
 */
export async function attackPage(
  attacked: Attacked,
  dataset: Dataset<Split>,
  { settings, summary, machine }: AttackRecord,
  options: AttackRequest,
): Promise<string> {
  const { images, units, duration_seconds: durationSeconds } = summary;
  const attack = namedAttack(options, dataset);
  return reportPage({
    title: `${attack.network} under ${attack.title}`,
    about: {
      "Model": `${basename(options.model.path)}, SHA-256 ${settings.weights_sha256}`,
      ...(options.source
        ? { "Made on": `${basename(options.source.path)}, SHA-256 ${settings.source_sha256}` }
        : {}),
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
      text: `The distribution of ‖Δx‖ / ‖x‖ over the images, in ${units}. Its mean is ρ₂.`,
      content: [
        ratioDistribution([{ method: attack.title, ratios: attacked.ratios }], {
          attack: attack.title,
        }),
      ],
    }, ...picturesOf(dataset, attacked)],
    settings,
    machine,
    durationSeconds,
    plotlyScript: await plotlyScript(),
  });
}

/** The first images, where they are pictures. */
function picturesOf(dataset: Dataset<Split>, attacked: Attacked): ReportSection[] {
  if (!pictureShape(dataset)) return [];
  const indices = Array.from({ length: Math.min(shown, attacked.count) }, (_, index) => index);
  return [{
    heading: "Attacked images",
    text: `The first ${indices.length} test images.`,
    content: [attackedGrid(dataset, indices, attacked)],
  }];
}

/** The attack and its flags: `DeepFool: norm 2, iterations 50, overshoot 0.02`. */
function attackInWords(options: AttackRequest): string {
  const flags = Object.entries(shownFlags(options)).map(([name, value]) => `${name} ${value}`);
  return `${attacks[options.attack]!.title}: ${flags.join(", ")}`;
}
