import type { SearchRow } from "../../experiments/search.ts";
import { percent } from "../numbers.ts";
import type { Html } from "../page/html.ts";
import { table } from "../page/table.ts";
import { methodTitle, networkTitle } from "../titles.ts";

/** The settings that were tried for the other methods: their figures on held-out images, and the chosen ones. */
export function settingsSearch(rows: readonly SearchRow[]): Html {
  const tried = rows.map((row) => ({
    Network: networkTitle(row.network),
    Method: methodTitle(row.method),
    Settings: told(row.settings),
    "Accuracy, %": row.accuracy === null ? null : percent(row.accuracy),
    "ρ₂": row.rho2,
    "PGD, %": row.acc_pgd === null ? null : percent(row.acc_pgd),
    Chosen: row.chosen === 1 && row.method !== "reference" ? "✓" : "",
  }));
  const alt = "Candidates on held-out training images; the references first";
  const { html } = table(tried, alt);
  // The classic notebook takes the marker away.
  const summary = `<summary style="display:list-item">${tried.length} candidates</summary>`;
  return { html: `<details>${summary}${html}</details>`, alt };
}

/** Settings in words: `fgs share 0.5, fgs epsilon 30`. */
function told(settings: string): string {
  return Object.entries(JSON.parse(settings) as Record<string, unknown>)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`)
    .join(", ");
}
