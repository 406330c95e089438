import { percentage } from "../../../metrics/percentage.ts";
import type { Resistance } from "../compare.ts";
import { digits } from "../sentences.ts";
import type { Outcome } from "./outcome.ts";

/** A row of a grid's table: a point and what came of it, if it has ended. */
export interface GridRow {
  readonly name: string;
  readonly outcome?: Outcome | undefined;
}

const heads = ["", "epoch kept", "accuracy", "ρ₂ DeepFool", "ρ₂ FMN", "under PGD"];

/** The points compared as text: the model as it came, then one row per point. */
export function gridTable(rows: readonly GridRow[]): string {
  const start = rows.map(({ outcome }) => outcome).find((one) => one && "summary" in one);
  const cells = [
    heads,
    ...start && "summary" in start ? [["before", "", ...figuresOf(start.summary.before)]] : [],
    ...rows.map(({ name, outcome }) => [name, ...cellsOf(outcome)]),
  ];
  const widths = heads.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  return cells.map((row) =>
    row.map((text, i) => i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))
      .join("  ").trimEnd()
  ).join("\n");
}

function cellsOf(outcome: Outcome | undefined): string[] {
  if (!outcome) return ["missing"];
  if ("diverged" in outcome) return ["diverged"];
  const { kept, after } = outcome.summary;
  return [kept === 0 ? "none" : `${kept}`, ...figuresOf(after)];
}

function figuresOf({ accuracy, rho2, rho2_fmn, accuracy_pgd }: Resistance): string[] {
  const ratio = (value: number | null) => value === null ? "–" : digits(value);
  return [percentage(accuracy), ratio(rho2), ratio(rho2_fmn), percentage(accuracy_pgd)];
}

/** grid.csv: one row per point, shares in 0..1. */
export function gridCsv(rows: readonly GridRow[]): string {
  const lines = rows.map(({ name, outcome }) => {
    if (!outcome || "diverged" in outcome) return [name, outcome ? "diverged" : "missing"];
    const { kept, after: { accuracy, rho2, rho2_fmn, accuracy_pgd } } = outcome.summary;
    return [name, "done", kept, accuracy, rho2, rho2_fmn, accuracy_pgd];
  });
  const columns = ["point", "status", "kept", "accuracy", "rho2", "rho2_fmn", "accuracy_pgd"];
  return [columns, ...lines].map((line) =>
    `${columns.map((_, i) => cell(line[i] ?? "")).join(",")}\r\n`
  ).join("");
}

/** A cell as RFC 4180 has it: points' names have commas. */
function cell(value: string | number): string {
  return typeof value === "string" && value.includes(",") ? `"${value}"` : `${value}`;
}
