import type { ExperimentName } from "../../experiments/experiments.ts";
import { type Measured, wholeSeeds } from "../../experiments/seed_means.ts";
import type { Results } from "../../results/read_tables.ts";
import { ablations } from "../figures/ablations.ts";
import { afterEachMember } from "../figures/after_each_member.ts";
import { autoAttack } from "../figures/auto_attack.ts";
import { convergence } from "../figures/convergence.ts";
import type { Figure } from "../figures/figure.ts";
import type { Html } from "../page/html.ts";
import { hyperparameters } from "../figures/hyperparameters.ts";
import { layerwise } from "../figures/layerwise.ts";
import type { ReportSection } from "../page/report.ts";
import { robustness } from "../figures/robustness.ts";
import { scaledC } from "../figures/scaled_c.ts";
import { settingsSearch } from "../figures/settings_search.ts";
import { table1 } from "../figures/table1.ts";
import { transferFigures } from "../figures/transfer.ts";
import { seedsOf } from "./seeds.ts";

/** What figures need besides their rows. */
export interface SectionOptions {
  /** The epochs of fine-tuning, where they were not the profile's. */
  readonly epochs?: number | undefined;
  /** The reference of the networks of Figures 3 and 4. */
  readonly start?: Measured | undefined;
}

/** How an experiment's table is shown. */
interface TableSection<Name extends ExperimentName> {
  readonly heading: string;
  readonly text: (rows: Results[Name]) => string;
  readonly figure: (
    rows: Results[Name],
    options: SectionOptions,
  ) => Figure | Html | (Figure | Html)[];
}

/** How every experiment's table is shown, in the report's order. */
const sections: { readonly [Name in ExperimentName]: TableSection<Name> } = {
  table1: {
    heading: "Table 1 of the paper",
    text: (rows) => `Our figures, and the paper's beside them: ${seedsOf(rows)}.`,
    figure: (rows, { epochs }) => table1(rows, { epochs }),
  },
  figure2: {
    heading: "Convergence (Figure 2 of the paper)",
    text: (rows) =>
      "Accuracy and robustness after every epoch of fine-tuning; epoch 0 is the reference: " +
      `${seedsOf(rows)}.`,
    figure: (rows) => convergence(rows),
  },
  figure3: {
    heading: "Hyper-parameters (Figure 3 of the paper)",
    text: (rows) => `Deep Defense on LeNet over λ and c: ${seedsOf(wholeSeeds(rows))}.`,
    figure: (rows, { start }) => hyperparameters(rows, start),
  },
  figure4: {
    heading: "Only one layer (Figure 4 of the paper)",
    text: (rows) =>
      `The regulariser's gradient masked to one layer of LeNet: ${seedsOf(wholeSeeds(rows))}.`,
    figure: (rows, { start }) => layerwise(rows, start),
  },
  ablations: {
    heading: "Ablations",
    text: (rows) => `One choice of Deep Defense changed at a time: ${seedsOf(rows)}.`,
    figure: (rows) => ablations(rows),
  },
  search: {
    heading: "Choice of settings",
    text: () => "The candidates for the methods that the paper tuned, on held-out training images.",
    figure: (rows) => settingsSearch(rows),
  },
  robustness: {
    heading: "Attacks that no training used",
    text: (rows) => `Does the robustness survive them? Here: ${seedsOf(rows)}.`,
    figure: (rows) => robustness(rows),
  },
  transfer: {
    heading: "Transfer between models",
    text: (rows) =>
      `The accuracy of every model on examples made on every model: ${seedsOf(rows)}.`,
    figure: (rows) => transferFigures(rows),
  },
  auto_attack: {
    heading: "AutoAttack",
    text: (rows) =>
      "Table 1’s models on pixels, their preprocessing as a layer, under the attack by which " +
      `robustness is usually compared: ${seedsOf(rows)}.`,
    figure: (rows) => [autoAttack(rows), afterEachMember(rows)],
  },
  scaled_c: {
    heading: "The paper’s c, and one for these images",
    text: (rows) =>
      "Deep Defense with the paper’s c, and with the one that is 0.8 divided by the mean of ‖Δx‖ / ‖x‖ on " +
      `training images at the start: ${seedsOf(rows)}.`,
    figure: (rows) => scaledC(rows),
  },
};

/** The sections of a report that show tables, by experiment. A table without rows has none. */
export function tableSections(
  results: Results,
  options: SectionOptions = {},
): ReadonlyMap<ExperimentName, ReportSection> {
  const names = Object.keys(sections) as ExperimentName[];
  return new Map(
    names.map((name) => [name, sectionOf(name, results, options)] as const)
      .filter(([, { content }]) => content.length > 0),
  );
}

function sectionOf<Name extends ExperimentName>(
  name: Name,
  results: Results,
  options: SectionOptions,
): ReportSection {
  const { heading, text, figure } = sections[name] as TableSection<Name>;
  const rows = results[name];
  const content = rows.length > 0 ? [figure(rows, options)].flat() : [];
  return { heading, text: text(rows), content };
}
