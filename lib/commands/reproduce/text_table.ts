import { mean } from "d3-array";
import type { Table1Row } from "../../experiments/table1.ts";
import { percent, significant } from "../../plots/numbers.ts";
import { methodTitle, networkTitle } from "../../plots/titles.ts";
import { columnWidths, textColumns } from "../shared/text_columns.ts";

type Measure = "accuracy" | "rho2" | "acc_fgs_0.2" | "acc_fgs_0.5" | "acc_fgs_1.0";

const asPercent = (value: number) => `${percent(value)}%`;

const columns: readonly { title: string; key: Measure; format: (value: number) => string }[] = [
  { title: "accuracy", key: "accuracy", format: asPercent },
  { title: "ρ₂", key: "rho2", format: significant },
  { title: "0.2 ε_ref", key: "acc_fgs_0.2", format: asPercent },
  { title: "0.5 ε_ref", key: "acc_fgs_0.5", format: asPercent },
  { title: "1.0 ε_ref", key: "acc_fgs_1.0", format: asPercent },
];

/** The headings of the last three columns. */
const over = "accuracy under FGS at";

/** Table 1 as text of at most 80 columns: our means over seeds, and below each the paper's figures where it has them. */
export function textTable(rows: readonly Table1Row[]): string {
  const networks = [...Map.groupBy(rows, ({ network }) => network)];
  const lines = [
    ["", ...columns.map(({ title }) => title)],
    ...networks.flatMap(([network, own]) => [[networkTitle(network)], ...linesOf(own)]),
  ];
  const indent = columnWidths(lines).slice(0, 3).reduce((sum, width) => sum + width + 2);
  return [" ".repeat(indent) + over, ...textColumns(lines)].join("\n");
}

/** A network's lines: a method's, and the paper's under it. */
function linesOf(rows: readonly Table1Row[]): string[][] {
  return [...Map.groupBy(rows, ({ method }) => method)].flatMap(([method, group]) => {
    const ours = columns.map(({ key, format }) =>
      shown(mean(group, (row: Table1Row) => row[key] ?? undefined), format)
    );
    const isDiverged = group.every(({ status }) => status === "diverged");
    const paper = columns.map(({ key, format }) => shown(group[0]![`paper_${key}`], format));
    return [
      [methodTitle(method), ...isDiverged ? ["diverged"] : ours],
      ...paper.some((text) => text !== none) ? [["  the paper's", ...paper]] : [],
    ];
  });
}

const none = "–";

function shown(value: number | null | undefined, format: (value: number) => string): string {
  return typeof value === "number" ? format(value) : none;
}
