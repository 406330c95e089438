import { mean } from "d3-array";
import type { AutoAttackRow } from "../../experiments/auto_attack.ts";
import { percent, significant } from "../numbers.ts";
import { escapeHtml, type Html } from "../page/html.ts";
import { methodColor } from "../palette.ts";
import { inMethodOrder, inNetworkOrder, methodTitle, networkTitle } from "../titles.ts";
import { table1Style } from "./table1_style.ts";
import { headRow, nameCell, numberCell } from "../page/table_parts.ts";

type Measure =
  | "accuracy"
  | "acc_linf"
  | "acc_l2"
  | "rho2_deepfool"
  | "rho2_smallest"
  | "median_smallest";

const COLUMNS: readonly { key: Measure; title: string; format: (value: number) => string }[] = [
  { key: "accuracy", title: "Accuracy %", format: percent },
  { key: "acc_linf", title: "AutoAttack l<sub>∞</sub> %", format: percent },
  { key: "acc_l2", title: "AutoAttack l<sub>2</sub> %", format: percent },
  { key: "rho2_deepfool", title: "ρ₂, DeepFool", format: significant },
  { key: "rho2_smallest", title: "ρ₂, smallest of all", format: significant },
  { key: "median_smallest", title: "its median", format: significant },
];

/** Table 1's models under AutoAttack on pixels, means over seeds, and what that says of the paper's claims. */
export function autoAttack(rows: readonly AutoAttackRow[]): Html {
  const networks = inNetworkOrder(rows.map(({ network }) => network));
  const bodies = networks.map((network) => body(rows.filter((row) => row.network === network)));
  const heads = ["Method", ...COLUMNS.map(({ title }) => title)];
  const images = rows[0]?.images ?? 0;
  const notes = networks.flatMap((network) =>
    notesOf(network, rows.filter((row) => row.network === network))
  );
  return {
    html: `${table1Style}<section class="dd-table"><div class="dd-scroll" role="region" ` +
      `tabindex="0" aria-label="AutoAttack"><table><caption><b>AutoAttack</b>: the first ` +
      `${images.toLocaleString("en")} test images, in pixels, within 0–255</caption>${
        headRow(heads)
      }` +
      `${bodies.join("")}</table></div><ul class="dd-notes">` +
      `${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join("")}</ul></section>`,
    alt: `Robustness of ${networks.map(networkTitle).join(" and ")} under AutoAttack, and the ` +
      "smallest perturbations that DeepFool, the fast minimum-norm attack and FAB find.",
  };
}

function body(rows: readonly AutoAttackRow[]): string {
  const methods = inMethodOrder(rows.map(({ method }) => method));
  const title = escapeHtml(networkTitle(rows[0]?.network ?? ""));
  return `<tbody><tr><th scope="rowgroup" colspan="${COLUMNS.length + 1}"><span>${title}</span>` +
    `</th></tr>${methods.map((method) => line(rows, method)).join("")}</tbody>`;
}

function line(rows: readonly AutoAttackRow[], method: string): string {
  const cells = COLUMNS.map(({ key, format }) => {
    const value = average(rows, method, key);
    return numberCell(value === undefined ? "–" : format(value));
  });
  const title = `<i style="background:${methodColor(method)}"></i>` +
    `<span>${escapeHtml(methodTitle(method))}</span>`;
  return `<tr>${nameCell(title)}${cells.join("")}</tr>`;
}

/** What a network's rows say: the balls, the paper's claims under AutoAttack, how far DeepFool is off, what was left out. */
function notesOf(network: string, rows: readonly AutoAttackRow[]): string[] {
  const title = networkTitle(network);
  const { radius_linf, radius_l2 } = rows[0]!;
  const leftOut = new Set(rows.flatMap(({ left_out }) => left_out ? [left_out] : []));
  const files = rows.filter(({ weights_sha256 }) => weights_sha256 !== null).length;
  return [
    `${title}: balls of radius ${share(radius_linf)} in l∞ and ${share(radius_l2)} in l2, of the ` +
    `full range; ρ₂ is the mean of ‖Δx‖₂/‖x‖₂ over the images that were fooled.`,
    ...comparison(title, rows, "acc_linf", "l∞"),
    ...comparison(title, rows, "acc_l2", "l2"),
    ...excess(title, rows),
    ...[...leftOut].map((reasons) => `${title}: left out of AutoAttack: ${reasons}.`),
    ...(files > 0
      ? [
        `${title}: the weights of ${files} of ${rows.length} models come from files, whose ` +
        "SHA-256 are in auto_attack.arrow.",
      ]
      : []),
  ];
}

/** A radius as a part of the full range. */
function share(radius: number): string {
  return `${Number((radius / 255).toPrecision(3))}`;
}

/** Below this share the models under attack are hard to tell apart. */
const little = 0.2;

/** Whether Deep Defense keeps more accuracy than the reference and than the best other method, as the paper claims of DeepFool's norms. */
function comparison(
  title: string,
  rows: readonly AutoAttackRow[],
  measure: "acc_linf" | "acc_l2",
  norm: string,
): string[] {
  const own = average(rows, "deep_defense", measure);
  if (own === undefined) return [];
  const images = rows.filter(({ method }) => method === "deep_defense")
    .reduce((all, row) => all + row.images, 0);
  const differences = rivalsOf(rows, measure).map(({ accuracy, words }) => ({
    ...differenceOf(own, accuracy, images),
    accuracy,
    words,
  }));
  if (differences.length === 0) return [];
  const most = Math.max(own, ...differences.map(({ accuracy }) => accuracy));
  return [
    `${title}, ${norm}: under AutoAttack Deep Defense is ${
      differences.map(({ size, words }) => `${size} ${words}`).join(", and ")
    }. That it resists better ${verdicts[Math.min(...differences.map(({ sign }) => sign)) + 1]}.${
      most < little
        ? " All of them keep little accuracy: the ball is too large to compare them."
        : ""
    }`,
  ];
}

/** What the smallest of some differences says of a claim: below, not told apart, above. */
const verdicts = ["does not hold here", "is not decided here", "holds here"] as const;

/** The reference, and the best other method: its accuracy and how a sentence names it. */
function rivalsOf(rows: readonly AutoAttackRow[], measure: "acc_linf" | "acc_l2") {
  const rivals = inMethodOrder(rows.map(({ method }) => method)).flatMap((method) => {
    const accuracy = average(rows, method, measure);
    return accuracy === undefined || method.startsWith("deep_defense")
      ? []
      : [{ method, accuracy }];
  });
  const [best] = rivals.filter(({ method }) => method !== "reference")
    .toSorted((a, b) => b.accuracy - a.accuracy);
  return [
    ...rivals.filter(({ method }) => method === "reference")
      .map(({ accuracy }) => ({ accuracy, words: "the reference" })),
    ...(best
      ? [{ accuracy: best.accuracy, words: `${methodTitle(best.method)}, the best other method` }]
      : []),
  ];
}

/** By how many points an accuracy is above another, in words; the sign is 0 within two standard errors of the difference. */
function differenceOf(own: number, other: number, images: number) {
  const points = 100 * (own - other);
  const error = 100 * Math.sqrt((own * (1 - own) + other * (1 - other)) / images);
  const size = Math.abs(points).toFixed(1);
  return Math.abs(points) <= 2 * error
    ? { sign: 0, size: `within chance (${size} ± ${(2 * error).toFixed(1)} points) of` }
    : { sign: Math.sign(points), size: `${size} points ${points > 0 ? "above" : "below"}` };
}

/** By how much DeepFool's perturbations are larger than the smallest that are known, and whether that changes the methods' order. */
function excess(title: string, rows: readonly AutoAttackRow[]): string[] {
  const methods = inMethodOrder(rows.map(({ method }) => method)).flatMap((method) => {
    const deepfool = average(rows, method, "rho2_deepfool");
    const smallest = average(rows, method, "rho2_smallest");
    return deepfool === undefined || smallest === undefined ? [] : [{ method, deepfool, smallest }];
  });
  if (methods.length === 0) return [];
  const parts = methods.map(({ deepfool, smallest }) => 100 * (deepfool / smallest - 1));
  const [least, most] = [Math.min(...parts), Math.max(...parts)].map((part) => part.toFixed(1));
  const order = (key: "deepfool" | "smallest") =>
    methods.toSorted((a, b) => b[key] - a[key]).map(({ method }) => method).join();
  const same = order("deepfool") === order("smallest");
  return [
    `${title}: DeepFool’s perturbations are ${least}${
      least === most ? "" : ` to ${most}`
    }% larger ` +
    "than the smallest of DeepFool, the fast minimum-norm attack and FAB" +
    (methods.length === 1
      ? "."
      : same
      ? "; both put the methods in the same order."
      : "; they put the methods in another order."),
  ];
}

function average(
  rows: readonly AutoAttackRow[],
  method: string,
  measure: Measure,
): number | undefined {
  return mean(
    rows.filter((row) => row.method === method),
    (row: AutoAttackRow) => row[measure] ?? undefined,
  );
}
