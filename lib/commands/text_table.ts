import { mean } from "d3-array";
import type { Table1Row } from "../experiments/rows.ts";
import { significant } from "../plots/numbers.ts";
import { methodTitle, networkTitle } from "../plots/titles.ts";

type Measure = "accuracy" | "rho2" | "acc_fgs_0.2" | "acc_fgs_0.5" | "acc_fgs_1.0";

const columns: readonly { title: string; key: Measure; format: (value: number) => string }[] = [
  { title: "accuracy", key: "accuracy", format: (value) => `${(100 * value).toFixed(2)}%` },
  { title: "rho_2", key: "rho2", format: significant },
  { title: "@0.2 eps", key: "acc_fgs_0.2", format: (value) => `${(100 * value).toFixed(2)}%` },
  { title: "@0.5 eps", key: "acc_fgs_0.5", format: (value) => `${(100 * value).toFixed(2)}%` },
  { title: "@1.0 eps", key: "acc_fgs_1.0", format: (value) => `${(100 * value).toFixed(2)}%` },
];

/** Table 1 as text: ours, means over seeds, with the paper's figures in parentheses. */
export function textTable(rows: readonly Table1Row[]): string {
  const groups = Map.groupBy(
    rows,
    ({ network, method }) => `${networkTitle(network)} ${methodTitle(method)}`,
  );
  const body = [...groups].map((
    [name, group],
  ) => [name, ...columns.map((column) => cell(group, column))]);
  const lines = [["", ...columns.map(({ title }) => title)], ...body];
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines.map((line) =>
    line.map((text, i) => i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)).join("  ")
  ).join("\n");
}

function cell(group: readonly Table1Row[], { key, format }: typeof columns[number]): string {
  const ours = mean(group, (row: Table1Row) => row[key]);
  const paper = group[0]![`paper_${key}`];
  const text = ours === undefined
    ? group[0]!.status === "diverged" ? "diverged" : "-"
    : format(ours);
  return paper === null ? text : `${text} (${format(paper)})`;
}
