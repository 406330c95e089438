import { mean } from "d3-array";
import type { RobustnessRow } from "../../experiments/robustness.ts";
import { percent, significant } from "../numbers.ts";
import { escapeHtml, type Html } from "../page/html.ts";
import { methodColor } from "../palette.ts";
import { inMethodOrder, inNetworkOrder, methodTitle, networkTitle } from "../titles.ts";
import { table1Style } from "./table1_style.ts";
import { headRow, nameCell, numberCell } from "../page/table_parts.ts";

type Measure = Exclude<
  keyof RobustnessRow,
  "run_id" | "network" | "method" | "seed" | "images" | "failed_checks"
>;

const measureColumns: readonly {
  key: Measure;
  title: string;
  format: (value: number) => string;
}[] = [
  { key: "rho2_deepfool", title: "ρ₂, DeepFool", format: significant },
  { key: "rho2_fmn", title: "ρ₂, FMN", format: significant },
  { key: "acc_pgd_0.5", title: "PGD@0.5 %", format: percent },
  { key: "acc_pgd_1.0", title: "PGD@1.0 %", format: percent },
  { key: "acc_pgd_l2_0.5", title: "PGD l<sub>2</sub>@0.5 %", format: percent },
  { key: "acc_pgd_l2_1.0", title: "PGD l<sub>2</sub>@1.0 %", format: percent },
];

/** The factor by which the smallest perturbations must exceed the reference's to count as a gain. */
const gain = 1.02;

/**
 * Table 1's models under attacks that no training used, means over seeds. A model's robustness counts as real where the
 * fast minimum-norm attack needs larger perturbations than on the reference and no sign of masked gradients shows.
 */
export function robustness(rows: readonly RobustnessRow[]): Html {
  const networks = inNetworkOrder(rows.map(({ network }) => network));
  const bodies = networks.map((network) => body(rows.filter((row) => row.network === network)));
  const heads = ["Method", ...measureColumns.map(({ title }) => title), "Gain"];
  const images = rows[0]?.images ?? 0;
  return {
    html: `${table1Style}<section class="dd-table"><div class="dd-scroll" role="region" ` +
      `tabindex="0" aria-label="Stronger attacks"><table><caption><b>Stronger attacks</b>: the ` +
      `first ${images.toLocaleString("en")} test images</caption>${headRow(heads)}` +
      `${bodies.join("")}</table></div><ul class="dd-notes"><li>PGD at parts of ` +
      `ε<sub>ref</sub>; in l<sub>2</sub> at parts of the radius where DeepFool fools half of the ` +
      `Deep Defense network's images.</li><li>Gain: real where FMN, the fast minimum-norm attack, ` +
      `needs perturbations more than ${
        Math.round(100 * (gain - 1))
      }% larger than on the reference ` +
      `and no sign of masked gradients shows.</li></ul></section>`,
    alt: `Robustness of ${networks.map(networkTitle).join(" and ")} under DeepFool, the fast ` +
      "minimum-norm attack, the fast gradient sign, and projected gradient descent.",
  };
}

function body(rows: readonly RobustnessRow[]): string {
  const reference = average(rows, "reference", "rho2_fmn");
  const methods = inMethodOrder(rows.map(({ method }) => method));
  const title = escapeHtml(networkTitle(rows[0]?.network ?? ""));
  return `<tbody><tr><th scope="rowgroup" colspan="${
    measureColumns.length + 2
  }"><span>${title}</span>` +
    `</th></tr>${methods.map((method) => line(rows, method, reference)).join("")}</tbody>`;
}

function line(
  rows: readonly RobustnessRow[],
  method: string,
  reference: number | undefined,
): string {
  const cells = measureColumns.map(({ key, format }) => {
    const value = average(rows, method, key);
    return numberCell(value === undefined ? "–" : format(value));
  });
  const title = `<i style="background:${methodColor(method)}"></i>` +
    `<span>${escapeHtml(methodTitle(method))}</span>`;
  return `<tr>${nameCell(title)}${cells.join("")}` +
    `${numberCell(verdict(rows.filter((row) => row.method === method), method, reference))}</tr>`;
}

function verdict(
  rows: readonly RobustnessRow[],
  method: string,
  reference: number | undefined,
): string {
  const failed = [...new Set(rows.map(({ failed_checks }) => failed_checks).filter(Boolean))];
  if (failed.length > 0) return `not real: fails “${escapeHtml(failed.join("; "))}”`;
  const own = average(rows, method, "rho2_fmn");
  if (method === "reference" || own === undefined || reference === undefined) return "–";
  return own > gain * reference ? "real" : "none";
}

function average(
  rows: readonly RobustnessRow[],
  method: string,
  measure: Measure,
): number | undefined {
  return mean(
    rows.filter((row) => row.method === method),
    (row: RobustnessRow) => row[measure] ?? undefined,
  );
}
