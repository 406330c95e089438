import { significant } from "../numbers.ts";
import { escapeHtml, type Html } from "./html.ts";

// On the elements themselves: where a notebook is not trusted, style sheets and classes are gone.
const tableStyle = "border-collapse:collapse;font-size:max(.875rem,14px);margin:.5rem 0 1.5rem;" +
  "min-width:min(100%,26rem);font-variant-numeric:tabular-nums";
const captionStyle =
  "text-align:left;font-size:max(.8125rem,13px);padding-bottom:.375rem;opacity:.75";
const cellStyle = "padding:.25rem .9rem .25rem 0;text-align:left;" +
  "border-bottom:1px solid rgba(128,128,128,.35)";

/** What a cell holds; null for nothing. */
export type TableCell = string | number | boolean | null;

/** A row: one cell per column, by the column's heading. */
export type TableRow = Readonly<Record<string, TableCell>>;

/** Rows as a table, the columns in the order of the first row's; numbers that are not whole with three significant digits. */
export function table(rows: readonly TableRow[], alt: string): Html {
  const headings = Object.keys(rows[0] ?? {});
  return tableOf(headings, rows.map((row) => headings.map((heading) => row[heading] ?? null)), alt);
}

/** The same, for headings that may be any words, one of them twice or a number too: each row has a cell per heading. */
export function tableOf(
  headings: readonly string[],
  rows: readonly (readonly TableCell[])[],
  alt: string,
): Html {
  const head = headings.map((heading) =>
    `<th scope="col" style="${cellStyle}">${escapeHtml(heading)}</th>`
  ).join("");
  const whole = headings.map((_, i) => isWhole(rows, i));
  const body = rows.map((row) => `<tr>${row.map((one, i) => cell(one, whole[i]!)).join("")}</tr>`);
  return {
    html:
      `<table style="${tableStyle}"><caption style="${captionStyle}">${escapeHtml(alt)}</caption>` +
      `<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`,
    alt,
  };
}

function isWhole(rows: readonly (readonly TableCell[])[], column: number): boolean {
  return rows.every(({ [column]: one }) => typeof one !== "number" || Number.isInteger(one));
}

function cell(value: TableCell, whole: boolean): string {
  const text = typeof value !== "number"
    ? escapeHtml(String(value ?? "–"))
    : whole
    ? value.toLocaleString("en")
    : significant(value);
  return `<td style="${cellStyle}">${text}</td>`;
}
