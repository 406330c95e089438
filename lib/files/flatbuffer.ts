/**
 * Reads FlatBuffers, the format of the descriptions in Arrow files. Nothing outside of a buffer is read: a position outside,
 * or a vector that does not end within, throws a RangeError.
 *
 * @module
 */

/** A table: fields by number; each may be missing. */
export interface FlatTable {
  /** The whole buffer. */
  readonly view: DataView;
  /** Where the table begins in it. */
  readonly at: number;
}

/** A part of a view. */
export function partOf(view: DataView, start: number, length: number): DataView {
  if (start < 0 || length < 0 || start + length > view.byteLength) {
    throw new RangeError(
      `bytes ${start} to ${start + length} are outside of its ${view.byteLength} bytes`,
    );
  }
  return new DataView(view.buffer, view.byteOffset + start, length);
}

/** The text of a view. Throws a TypeError unless it is UTF-8. */
export function utf8Of(view: DataView): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(view as BufferSource);
}

/** The table that a place in a buffer leads to: the first place to a buffer's own, an item of a vector to its own. */
export function tableAt(view: DataView, place: number): FlatTable {
  return { view, at: target(view, place) };
}

/** A table among a table's fields; undefined where it is missing. */
export function tableIn(table: FlatTable, field: number): FlatTable | undefined {
  const place = placeOf(table, field);
  return place === undefined ? undefined : tableAt(table.view, place);
}

/** A number among a table's fields; 0, the default, where it is missing. */
export function numberIn(
  table: FlatTable,
  field: number,
  type: "Uint8" | "Int16" | "Int32",
): number {
  const place = placeOf(table, field);
  return place === undefined ? 0 : table.view[`get${type}`](place, true);
}

/** A whole number of 64 bits among a table's fields; 0 where it is missing. */
export function longIn(table: FlatTable, field: number): number {
  const place = placeOf(table, field);
  return place === undefined ? 0 : longAt(table.view, place);
}

/** The whole number of 64 bits at a place; beyond 2^53 it is rounded. */
export function longAt(view: DataView, place: number): number {
  return Number(view.getBigInt64(place, true));
}

/** The places of the items of a vector among a table's fields; none where it is missing. */
export function vectorIn(table: FlatTable, field: number, itemBytes: number): number[] {
  const place = placeOf(table, field);
  if (place === undefined) return [];
  const { start, length } = itemsOf(table.view, target(table.view, place), itemBytes);
  return Array.from({ length }, (_, i) => start + i * itemBytes);
}

/** A text among a table's fields; empty where it is missing. Throws a TypeError unless it is UTF-8. */
export function textIn(table: FlatTable, field: number): string {
  const place = placeOf(table, field);
  if (place === undefined) return "";
  const { start, length } = itemsOf(table.view, target(table.view, place), 1);
  return utf8Of(partOf(table.view, start, length));
}

/** Where a field lies; undefined where it is missing. Signed numbers, as apache-arrow takes them. */
function placeOf({ view, at }: FlatTable, field: number): number | undefined {
  const places = at - view.getInt32(at, true);
  const entry = 4 + 2 * field;
  if (entry >= view.getInt16(places, true)) return undefined;
  const distance = view.getInt16(places + entry, true);
  return distance === 0 ? undefined : at + distance;
}

/** The position that an offset points to, always after it. */
function target(view: DataView, place: number): number {
  return place + view.getUint32(place, true);
}

/** Where a vector's items begin, and how many there are. */
function itemsOf(view: DataView, place: number, itemBytes: number) {
  const start = place + 4;
  const length = view.getUint32(place, true);
  partOf(view, start, length * itemBytes);
  return { start, length };
}
