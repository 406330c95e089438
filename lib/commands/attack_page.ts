import { basename } from "node:path";
import type { Attacked } from "../attacks/attacked.ts";
import { attacks } from "../attacks/attacks.ts";
import { type Dataset, pictureShape } from "../data/dataset.ts";
import type { Machine } from "../experiments/machine.ts";
import { attackedGrid } from "../plots/attacked_grid.ts";
import { plotlyScript } from "../plots/plotly_script.ts";
import { ratioDistribution } from "../plots/ratio_distribution.ts";
import { reportPage, type ReportSection } from "../plots/report.ts";
import { summaryList } from "../plots/summary_list.ts";
import type { AttackOptions } from "./attack_options.ts";
import { sentencesOf } from "./attack_sentences.ts";
import { type AttackSettings, shownFlags } from "./attack_settings.ts";
import { type AttackSummary, namedAttack } from "./attack_summary.ts";
import { machineInWords } from "./report_subject.ts";

/** What attacks.json holds. */
export interface AttackRecord {
  readonly settings: AttackSettings;
  readonly summary: AttackSummary;
  readonly machine: Machine;
}

/** Images that the page shows. */
const shown = 30;

/**
 * attacks.html: what was attacked, what came of it, and pictures.
 *
 * @param attacked Its ratios are in the l2 norm.
 */
export async function attackPage(
  attacked: Attacked,
  dataset: Dataset,
  { settings, summary, machine }: AttackRecord,
  options: AttackOptions,
): Promise<string> {
  const { images, units, duration_seconds: durationSeconds } = summary;
  const attack = namedAttack(options, dataset);
  return reportPage({
    title: `${attack.network} under ${attack.title}`,
    about: {
      "Model": `${basename(options.model.path)}, SHA-256 ${settings.weights_sha256}`,
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
      text:
        `The distribution of their norms over the images', measured in ${units}. Its mean is ρ₂.`,
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
function picturesOf(dataset: Dataset, attacked: Attacked): ReportSection[] {
  if (!pictureShape(dataset)) return [];
  const indices = Array.from({ length: Math.min(shown, attacked.count) }, (_, index) => index);
  return [{
    heading: "Attacked images",
    text: `The first ${indices.length} test images.`,
    content: [attackedGrid(dataset, indices, attacked)],
  }];
}

/** The attack and what it was told: `DeepFool: norm 2, iterations 50, overshoot 0.02`. */
function attackInWords(options: AttackOptions): string {
  const flags = Object.entries(shownFlags(options)).map(([name, value]) => `${name} ${value}`);
  return `${attacks[options.attack]!.title}: ${flags.join(", ")}`;
}
