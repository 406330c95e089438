/** Rows of cells as text in columns: the first aligned left, the others right. Rows may end early; the first has all columns. */
export function textColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row.map((text, i) => i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))
      .join("  ").trimEnd()
  );
}

/** The length of every column's longest cell. */
export function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const [heads = []] = rows;
  return heads.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
}
