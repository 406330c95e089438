import type { EvaluationSummary } from "./record.ts";
import { percentage } from "../../metrics/percentage.ts";
import { digits, rhoInWords, smallestRho, written } from "./words.ts";

/** Characters of a line. */
const width = 80;

/** Strengths in one table. */
const strengths = 3;

/** The fewest characters of a name. */
const fewest = 8;

/** Models from the most robust to the least, as text of at most 80 columns; many strengths make several tables. */
export function textTable(summary: EvaluationSummary): string {
  const { models, epsilons } = summary;
  const tables: string[] = [];
  for (let from = 0; from < epsilons.length; from += strengths) {
    const places = epsilons.keys().drop(from).take(strengths).toArray();
    const heads = places.map((place) => written(epsilons[place]!, summary));
    const rows = models.map((model) => [
      percentage(model.accuracy),
      ...places.map((place) => percentage(model.robust_accuracies[place]!)),
      digits(smallestRho(model).by_prediction, 3),
      digits(smallestRho(model).by_label, 3),
    ]);
    const cells = aligned([["clean", ...heads, rhoInWords(summary), "by label"], ...rows]);
    tables.push(withNames(["ε", ...models.map(({ name }) => name)], cells));
  }
  return tables.join("\n\n");
}

/** Rows of cells in columns, all flush right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) => row.map((text, i) => text.padStart(widths[i]!)).join("  "));
}

/** Names before rows, as long as there is room; of a longer one, the end is shown. */
function withNames(names: readonly string[], rows: readonly string[]): string {
  const room = Math.max(fewest, width - 2 - rows[0]!.length);
  const fitted = names.map((name) =>
    name.length <= room ? name : `…${name.slice(name.length - room + 1)}`
  );
  const longest = Math.max(...fitted.map(({ length }) => length));
  return fitted.map((name, i) => `${name.padEnd(longest)}  ${rows[i]}`).join("\n");
}
