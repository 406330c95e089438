import type { AblationRow } from "../../experiments/ablations.ts";
import { isMeasured, seedMeans } from "../../experiments/seed_means.ts";
import { percent, significant } from "../numbers.ts";
import { escapeHtml, type Html } from "../page/html.ts";
import { inNetworkOrder, networkTitle } from "../titles.ts";
import { table1Style } from "./table1_style.ts";
import { compared, headRow, nameCell, numberCell } from "../page/table_parts.ts";

const ablationTitles: Readonly<Record<string, string>> = {
  baseline: "Deep Defense as in the paper",
  linear: "R linear, λ as before",
  linear_matched: "R linear, λ such that its mean slope at the start is equal",
  wrong_like_right: "Wrong samples treated like right ones",
  iterations_1: "DeepFool, at most 1 iteration",
  iterations_2: "DeepFool, at most 2 iterations",
  iterations_3: "DeepFool, at most 3 iterations",
  iterations_4: "DeepFool, at most 4 iterations",
  p_inf: "p = ∞, c such that the penalty at the start is equal",
};

/**
 * The ablations: accuracy and robustness after changing one choice of Deep Defense, and the differences from the
 * baseline on the same network. Means over the seeds that did not diverge.
 */
export function ablations(rows: readonly AblationRow[]): Html {
  const networks = inNetworkOrder(rows.map(({ network }) => network));
  const titles = networks.map(networkTitle).join(" and ");
  const body = networks.map((network) =>
    networkBody(network, rows.filter((row) => row.network === network))
  );
  const seeds = new Set(rows.map(({ seed }) => seed)).size;
  return {
    html: `${table1Style}<section class="dd-table"><div class="dd-scroll" role="region" ` +
      `tabindex="0" aria-label="Ablations"><table><caption><b>Ablations</b>: ` +
      `<span class="dd-ours">measured</span> over <i class="dd-paper">difference from the ` +
      `paper's choice</i></caption>` +
      headRow(["Changed", 'Accuracy <span class="dd-unit">%</span>', "ρ₂"]) +
      `${body.join("")}</table></div>` +
      `<ul class="dd-notes"><li>Differences: in percentage points of accuracy, in percent of ` +
      `ρ₂.</li>${
        seeds > 1 ? `<li>Means over ${seeds} seeds, without those that diverged.</li>` : ""
      }</ul></section>`,
    alt: `Accuracy and ρ₂ of ${titles} where one of Deep Defense's choices is changed.`,
  };
}

function networkBody(network: string, rows: readonly AblationRow[]): string {
  const models = seedMeans(rows, ({ ablation }) => ablation);
  const baseline = models.find(({ ablation }) => ablation === "baseline");
  const diverged = new Set(rows.filter((row) => !isMeasured(row)).map((row) => row.ablation));
  const lines = models.map((model) =>
    line(model, model === baseline ? undefined : baseline, diverged.has(model.ablation))
  );
  return `<tbody><tr><th scope="rowgroup" colspan="3"><span>${
    escapeHtml(networkTitle(network))
  }</span></th></tr>${lines.join("")}</tbody>`;
}

function line(model: AblationRow, baseline: AblationRow | undefined, diverged: boolean): string {
  const title = escapeHtml(ablationTitles[model.ablation] ?? model.ablation);
  const mark = diverged ? ` <em class="dd-diverged">diverged</em>` : "";
  return `<tr>${nameCell(title + mark)}${cells(model, baseline)}</tr>`;
}

function cells(model: AblationRow, baseline: AblationRow | undefined): string {
  if (!isMeasured(model)) return cell("–") + cell("–");
  const { accuracy, rho2 } = model;
  if (!baseline || !isMeasured(baseline)) return cell(percent(accuracy)) + cell(significant(rho2));
  const points = signed(100 * (accuracy - baseline.accuracy), 2);
  const relative = `${signed(100 * (rho2 / baseline.rho2 - 1), 1)}%`;
  return cell(percent(accuracy), points) + cell(significant(rho2), relative);
}

function cell(measured: string, difference?: string): string {
  return numberCell(difference === undefined ? measured : compared(measured, difference));
}

/** `+0.12`, `−0.12`, and `0.00` where the difference rounds to 0. */
function signed(value: number, digits: number): string {
  const size = Math.abs(value).toFixed(digits);
  return Number(size) === 0 ? size : `${value < 0 ? "−" : "+"}${size}`;
}
