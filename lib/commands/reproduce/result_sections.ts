import { claims, type Evidence } from "../../experiments/claims.ts";
import type { Results } from "../../results/results.ts";
import type { TransferRow } from "../../experiments/rows.ts";
import type { Measured } from "../../experiments/seed_means.ts";
import { ablations } from "../../plots/figures/ablations.ts";
import { claimList } from "../../plots/figures/claims.ts";
import { convergence } from "../../plots/figures/convergence.ts";
import type { Figure } from "../../plots/figures/figure.ts";
import { hyperparameters } from "../../plots/figures/hyperparameters.ts";
import { layerwise } from "../../plots/figures/layerwise.ts";
import { robustness } from "../../plots/figures/robustness.ts";
import { settingsSearch } from "../../plots/figures/settings_search.ts";
import { table1 } from "../../plots/figures/table1.ts";
import { transfer } from "../../plots/figures/transfer.ts";
import type { ReportSection } from "../../plots/page/report.ts";
import { methodTitle, networkTitle } from "../../plots/titles.ts";

/** How sections are made of results. */
export interface ResultOptions {
  /** The rows that the paper's claims are judged by: of networks that were trained as in the paper. */
  readonly evidence: Evidence;
  /** The epochs of fine-tuning, where they were not the profile's. */
  readonly epochs?: number | undefined;
  /** What the networks of Figures 3 and 4 were fine-tuned from. */
  readonly start?: Measured | undefined;
}

/** A report's sections that are drawn from tables alone. A table without rows has none. */
export function resultSections(
  { table1: models, figure2, figure3, figure4, ...more }: Results,
  { evidence, epochs, start }: ResultOptions,
): ReportSection[] {
  const all: ReportSection[] = [
    {
      heading: "Table 1 of the paper",
      text: `Our figures, and the paper's beside them: ${seedsOf(models)}.`,
      content: one(() => table1(models, { epochs }), models),
    },
    claimsSection(evidence),
    {
      heading: "Convergence (Figure 2 of the paper)",
      text: "Accuracy and robustness after every epoch of fine-tuning; epoch 0 is the reference: " +
        `${seedsOf(figure2)}.`,
      content: one(() => convergence(figure2), figure2),
    },
    {
      heading: "Hyper-parameters (Figure 3 of the paper)",
      text: `Deep Defense on LeNet over λ and c: ${seedsOf(figure3)}.`,
      content: one(() => hyperparameters(figure3, start), figure3),
    },
    {
      heading: "One layer alone (Figure 4 of the paper)",
      text: `The regulariser's gradient masked to one layer of LeNet: ${seedsOf(figure4)}.`,
      content: one(() => layerwise(figure4, start), figure4),
    },
    {
      heading: "Ablations",
      text: `One choice of Deep Defense changed at a time: ${seedsOf(more.ablations)}.`,
      content: one(() => ablations(more.ablations), more.ablations),
    },
    {
      heading: "Choice of settings",
      text: "The candidates for the methods that the paper tuned, on held-out training images.",
      content: one(() => settingsSearch(more.search), more.search),
    },
    {
      heading: "Attacks that no training used",
      text: `Does the robustness survive them? Here: ${seedsOf(more.robustness)}.`,
      content: one(() => robustness(more.robustness), more.robustness),
    },
    {
      heading: "Transfer between models",
      text: `The accuracy of every model on examples made on every model: ${
        seedsOf(more.transfer)
      }.`,
      content: transferFigures(more.transfer),
    },
  ];
  return all.filter(({ content }) => content.length > 0);
}

function one<T>(draw: () => T, rows: readonly unknown[]): T[] {
  return rows.length > 0 ? [draw()] : [];
}

/** The verdicts on the paper's claims; empty where no network was trained as in the paper. */
function claimsSection(evidence: Evidence): ReportSection {
  const judged = claims(evidence, { methodTitle, networkTitle });
  const parts = {
    "Table 1 and Figure 2 of the paper": [...evidence.table1, ...evidence.figure2],
    "Figures 3 and 4 of the paper": [...evidence.figure3, ...evidence.figure4],
  };
  const seeds = Object.entries(parts).filter(([, rows]) => rows.length > 0)
    .map(([name, rows]) => `${name}: ${seedsOf(rows)}`);
  return {
    heading: "The paper's claims",
    text: `Judged by networks with the paper's epochs and images. ${seeds.join("; ")}.`,
    content: judged.some(({ holds }) => holds !== null) ? [claimList(judged)] : [],
  };
}

/** `one seed`, `means over 3 seeds`. */
export function seedsOf(rows: readonly { readonly seed: number }[]): string {
  const count = new Set(rows.map(({ seed }) => seed)).size;
  return count === 1 ? "one seed" : `means over ${count} seeds`;
}

/** A figure for each attack and network that was measured. */
function transferFigures(rows: readonly TransferRow[]): Figure[] {
  const measured = rows.filter(({ accuracy }) => accuracy !== null);
  const pairs = Map.groupBy(measured, ({ network, attack }) => `${network} ${attack}`);
  return [...pairs.values()].map(([row]) => transfer(measured, row!));
}
