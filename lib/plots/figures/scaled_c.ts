import type { ScaledCRow } from "../../experiments/scaled_c.ts";
import { percent } from "../numbers.ts";
import type { Html } from "../page/html.ts";
import { table } from "../page/table.ts";
import { methodTitle, networkTitle } from "../titles.ts";

/** Deep Defense with the paper's c and with a scaled one, beside the reference. */
export function scaledC(rows: readonly ScaledCRow[]): Html {
  const share = (value: number | null) => value === null ? null : percent(value);
  const shown = rows.map((row) => ({
    Network: networkTitle(row.network),
    Method: methodTitle(row.method),
    Seed: row.seed,
    c: row.c,
    "Accuracy, %": share(row.accuracy),
    "ρ₂": row.rho2,
    "Acc.@0.2 ε_ref, %": share(row["acc_fgs_0.2"]),
    "Acc.@0.5 ε_ref, %": share(row["acc_fgs_0.5"]),
    "Acc.@1.0 ε_ref, %": share(row["acc_fgs_1.0"]),
  }));
  return table(shown, "Deep Defense with the paper's c and with one scaled to the reference.");
}
