import { significant } from "../numbers.ts";
import { escapeHtml, type Html } from "./html.ts";

// On the elements themselves: where a notebook is not trusted, style sheets and classes are gone.
const tableStyle = "border-collapse:collapse;font-size:max(.875rem,14px);margin:.5rem 0 1.5rem;" +
  "min-width:min(100%,26rem);font-variant-numeric:tabular-nums";
const captionStyle =
  "text-align:left;font-size:max(.8125rem,13px);padding-bottom:.375rem;opacity:.75";
const cellStyle = "padding:.25rem .9rem .25rem 0;text-align:left;" +
  "border-bottom:1px solid rgba(128,128,128,.35)";

/** A row: one cell per column, by the column's heading. */
export type TableRow = Readonly<Record<string, string | number | boolean | null>>;

/** Rows as a table, the columns in the order of the first row's; numbers that are not whole with three significant digits. */
export function table(rows: readonly TableRow[], alt: string): Html {
  const columns = Object.keys(rows[0] ?? {});
  const head = columns.map((name) =>
    `<th scope="col" style="${cellStyle}">${escapeHtml(name)}</th>`
  )
    .join("");
  const body = rows.map((row) =>
    `<tr>${columns.map((name) => cell(row[name] ?? null, isWhole(rows, name))).join("")}</tr>`
  );
  return {
    html:
      `<table style="${tableStyle}"><caption style="${captionStyle}">${escapeHtml(alt)}</caption>` +
      `<thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`,
    alt,
  };
}

function isWhole(rows: readonly TableRow[], name: string): boolean {
  return rows.every((row) => typeof row[name] !== "number" || Number.isInteger(row[name]));
}

function cell(value: string | number | boolean | null, whole: boolean): string {
  const text = typeof value !== "number"
    ? escapeHtml(String(value ?? "–"))
    : whole
    ? value.toLocaleString("en")
    : significant(value);
  return `<td style="${cellStyle}">${text}</td>`;
}
