import type { AblationRow } from "../experiments/rows.ts";
import { escapeHtml, type Html } from "./html.ts";
import { percent, significant } from "./numbers.ts";
import { TABLE1_STYLE } from "./table1_style.ts";
import { networkTitle } from "./titles.ts";

const TITLES: Readonly<Record<string, string>> = {
  baseline: "Deep Defense as in the paper",
  linear: "R linear, λ as before",
  linear_matched: "R linear, λ such that it pushes as hard at the start",
  wrong_like_right: "Wrong samples treated like right ones",
  iterations_1: "DeepFool, at most 1 iteration",
  iterations_2: "DeepFool, at most 2 iterations",
  iterations_3: "DeepFool, at most 3 iterations",
  iterations_4: "DeepFool, at most 4 iterations",
  p_inf: "p = ∞, c such that the penalty starts the same",
};

/** The ablations: what one changed choice does to accuracy and robustness. */
export function ablations(rows: readonly AblationRow[]): Html {
  const baseline = rows.find(({ ablation }) => ablation === "baseline");
  const heads = [
    "Changed",
    "Accuracy %",
    "ρ<sub>2</sub>",
    "ρ<sub>2</sub> against the paper's choice",
  ];
  const lines = rows.map((row) =>
    `<tr><th scope="row">${escapeHtml(TITLES[row.ablation] ?? row.ablation)}</th>` +
    `${cell(row.accuracy, percent)}${cell(row.rho2, significant)}${change(row, baseline)}</tr>`
  );
  const network = networkTitle(rows[0]?.network ?? "");
  return {
    html: `${TABLE1_STYLE}<section class="dd-table"><div class="dd-scroll" role="region" ` +
      `tabindex="0" aria-label="Ablations"><table><caption><b>Ablations</b>: ` +
      `${escapeHtml(network)}</caption><thead><tr>` +
      heads.map((head) => `<th scope="col">${head}</th>`).join("") +
      `</tr></thead><tbody>${lines.join("")}</tbody></table></div></section>`,
    alt: `Accuracy and ρ₂ of ${network} where one of Deep Defense's choices is changed.`,
  };
}

function cell(value: number | null, format: (value: number) => string): string {
  return `<td><span class="dd-ours">${value === null ? "diverged" : format(value)}</span></td>`;
}

function change({ rho2 }: AblationRow, baseline: AblationRow | undefined): string {
  if (rho2 === null || !baseline?.rho2) return "<td>–</td>";
  const relative = 100 * (rho2 / baseline.rho2 - 1);
  return `<td>${relative >= 0 ? "+" : "−"}${Math.abs(relative).toFixed(1)}%</td>`;
}
