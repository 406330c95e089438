/**
 * The parts of the tables that compare methods. What makes them legible stands on the elements: where a notebook is not
 * trusted, style sheets and classes are gone, and in some viewers the elements' own styles, too.
 */

const below = "border-bottom:1px solid";

/** The row of headings: the first one left, over the names of the rows, the others right, over numbers. */
export function headRow(titles: readonly string[]): string {
  const cells = titles.map((title, i) => {
    const [align, padding] = i === 0 ? ["left", ".4rem .6rem .4rem 0"] : ["right", ".4rem .6rem"];
    return `<th scope="col" style="text-align:${align};vertical-align:bottom;` +
      `padding:${padding};${below}">${title}</th>`;
  });
  return `<thead><tr>${cells.join("")}</tr></thead>`;
}

/** A row's name, as HTML. */
export function nameCell(html: string): string {
  const style = "text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0";
  return `<th scope="row" style="${style}">${html}</th>`;
}

/** A row's number, as HTML. */
export function numberCell(html: string): string {
  const style = "text-align:right;vertical-align:top;padding:.35rem .6rem";
  return `<td style="${style}">${html}</td>`;
}

/** Our number over the one that it is compared with, on a line of its own; `best` is bold. */
export function compared(ours: string, other: string, best = false): string {
  const first = best ? `<b class="dd-ours">${ours}</b>` : `<span class="dd-ours">${ours}</span>`;
  return `${first}<br><i class="dd-paper">${other}</i>`;
}
