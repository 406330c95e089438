/** What a value holds, as a small table. */
export interface Summary {
  /** What it is, in a line. */
  readonly caption: string;
  /** One cell per column, by the column's heading; all rows have the same columns. */
  readonly rows: readonly Readonly<Record<string, string>>[];
}

/** The most rows that are shown. */
const most = 40;

/**
 * Gives a value a summary, which a Jupyter kernel shows where a cell ends with the value. The value stays plain data: the summary
 * is a property that is not enumerable, under the symbol that kernels look for, and copies do not have it.
 */
export function withSummary<T extends object>(value: T, summary: () => Summary): T {
  const display = () => bundleOf(summary());
  return Object.defineProperty(value, Symbol.for("Jupyter.display"), {
    value: display,
    configurable: true,
  });
}

/** A summary in the media types that notebooks show. */
function bundleOf({ caption, rows }: Summary): Record<string, string> {
  const shown = rows.slice(0, most);
  const more = rows.length > most ? [`and ${rows.length - most} more`] : [];
  return { "text/html": html(caption, shown, more), "text/plain": text(caption, shown, more) };
}

function html(caption: string, rows: Summary["rows"], more: readonly string[]): string {
  const left = 'style="text-align: left"';
  const cells = (tag: string, texts: readonly string[]) =>
    `<tr>${texts.map((each) => `<${tag} ${left}>${escaped(each)}</${tag}>`).join("")}</tr>`;
  const head = cells("th", Object.keys(rows[0] ?? {}));
  const body = rows.map((row) => cells("td", Object.values(row)));
  return `<table><caption ${left}>${escaped(caption)}</caption><thead>${head}</thead>` +
    `<tbody>${body.join("")}</tbody></table>${more.join("")}`;
}

function text(caption: string, rows: Summary["rows"], more: readonly string[]): string {
  const lines = [Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row))];
  const widths = lines[0]!.map((_, column) =>
    Math.max(...lines.map((cells) => cells[column]!.length))
  );
  const aligned = lines.map((cells) =>
    cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()
  );
  return [caption, ...aligned, ...more].join("\n");
}

function escaped(cell: string): string {
  return cell.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
