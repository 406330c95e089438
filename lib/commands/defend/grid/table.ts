import { percentage } from "../../../metrics/percentage.ts";
import { csv } from "../../shared/csv.ts";
import { textColumns } from "../../shared/text_columns.ts";
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
  return textColumns([
    heads,
    ...start && "summary" in start ? [["before", "", ...figuresOf(start.summary.before)]] : [],
    ...rows.map(({ name, outcome }) => [name, ...cellsOf(outcome)]),
  ]).join("\n");
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
  return csv([columns, ...lines.map((line) => columns.map((_, i) => line[i] ?? null))]);
}
