import {
  type FlatTable,
  longAt,
  longIn,
  numberIn,
  partOf,
  tableAt,
  tableIn,
  textIn,
  utf8Of,
  vectorIn,
} from "./flatbuffer.ts";

/** The description of a checked Arrow file. */
export interface CheckedArrow {
  /** The types of its columns by name, in apache-arrow's words: Utf8, Bool, Int32, Uint16, Float64. */
  readonly types: ReadonlyMap<string, string>;
  /** The metadata of its schema. */
  readonly metadata: ReadonlyMap<string, string>;
  /** The bytes of its record batches, one after another: all of its values. */
  readonly batches: Uint8Array;
}

const magic = "ARROW1";
/** The magic and two zeros. */
const head = 8;
/** The footer's length and the magic. */
const tail = 4 + magic.length;
/** The prefix of a message: a mark and its length. A length of 0 ends the messages. */
const prefix = 8;
/** Versions 4 and 5 of Arrow's format. */
const versions = [3, 4];
/** The numbers of the kinds of messages. */
const kinds = { schema: 1, recordBatch: 3 };
/** The names of types, by number. */
const typeNames: Readonly<Record<number, (type: FlatTable) => string>> = {
  2: (type) => `${numberIn(type, 1, "Uint8") ? "Int" : "Uint"}${numberIn(type, 0, "Int32")}`,
  3: (type) => `Float${16 * 2 ** numberIn(type, 0, "Int16")}`,
  5: () => "Utf8",
  6: () => "Bool",
};
/** The bits of a value of the types that columns may have; of a text, of the offset where it ends. */
const bitsOf = new Map([["Bool", 1], ["Utf8", 32], ["Float32", 32], ["Float64", 64]]);
for (const bits of [8, 16, 32, 64]) bitsOf.set(`Int${bits}`, bits).set(`Uint${bits}`, bits);

/**
 * Checks that an Arrow IPC file is complete and consistent before apache-arrow reads it, since apache-arrow may take damaged bytes
 * for rows, or never end. There must be a footer, the record batches that it lists, one after another without a gap, and in
 * them a value for every row of every column: texts, booleans or numbers, not compressed.
 *
 * @throws {RangeError | TypeError} naming what does not fit.
 */
export function checkArrow(bytes: Uint8Array): CheckedArrow {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = file.byteLength - tail;
  expect(end >= head && utf8Of(partOf(file, 0, magic.length)) === magic, "it begins otherwise");
  expect(utf8Of(partOf(file, end + 4, magic.length)) === magic, "it ends otherwise");
  const length = file.getInt32(end, true);
  const footer = tableAt(partOf(file, end - length, length), 0);
  const schema = tableIn(footer, 1);
  expect(schema && numberIn(schema, 0, "Int16") === 0, "there is no little-endian schema");
  expect(versions.includes(numberIn(footer, 0, "Int16")), "its version is another");
  expect(vectorIn(footer, 2, 24).length === 0, "there are dictionaries");
  const fields = vectorIn(schema, 1, 4).map((place) => checkField(tableAt(schema.view, place)));
  const types = new Map(fields);
  expect(types.size === fields.length, "two columns have one name");
  const start = batchesStart(file);
  const stop = vectorIn(footer, 3, 24).reduce((place, block) => {
    expect(longAt(footer.view, block) === place, "record batches do not follow one another");
    return place + checkMessage(file, place, partOf(footer.view, block, 24), types);
  }, start);
  expect(stop + prefix === end - length, "its footer does not list all of its record batches");
  return {
    types,
    metadata: metadataIn(schema, 2),
    batches: bytes.subarray(start, stop),
  };
}

/** Where the record batches begin: after the schema, if it also stands before them. */
function batchesStart(file: DataView): number {
  const length = messageLength(file, head);
  if (length === 0) return head;
  const first = tableAt(partOf(file, head + prefix, length), 0);
  const isSchema = numberIn(first, 1, "Uint8") === kinds.schema;
  return isSchema ? head + prefix + length : head;
}

/** The length of the message at a place, without the prefix. */
function messageLength(file: DataView, place: number): number {
  expect(file.getInt32(place, true) === -1, `there is no message at byte ${place}`);
  return file.getInt32(place + 4, true);
}

/** Checks the description of a column. */
function checkField(field: FlatTable): readonly [name: string, type: string] {
  const name = textIn(field, 0);
  const type = tableIn(field, 3);
  const typeName = type && typeNames[numberIn(field, 2, "Uint8")]?.(type) || "";
  const isPlain = !tableIn(field, 4) && vectorIn(field, 5, 4).length === 0;
  metadataIn(field, 6);
  expect(isPlain && bitsOf.has(typeName), "a column has a type that results do not have");
  return [name, typeName];
}

/** Checks a message that must be a record batch, as the footer's block says; returns its length. */
function checkMessage(
  file: DataView,
  place: number,
  block: DataView,
  types: ReadonlyMap<string, string>,
): number {
  const length = messageLength(file, place);
  const bodyLength = longAt(block, 16);
  expect(prefix + length === block.getInt32(8, true), "a record batch has another length");
  const message = tableAt(partOf(file, place + prefix, length), 0);
  const batch = tableIn(message, 2);
  const isBatch = numberIn(message, 1, "Uint8") === kinds.recordBatch;
  expect(batch && isBatch, `the message at byte ${place} is not a record batch`);
  expect(versions.includes(numberIn(message, 0, "Int16")), "a message's version is another");
  expect(longIn(message, 3) === bodyLength, "a record batch has another length");
  metadataIn(message, 4);
  checkBatch(batch, partOf(file, place + prefix + length, bodyLength), types);
  return prefix + length + bodyLength;
}

/** Checks that a record batch has a value for every row of every column. */
function checkBatch(
  batch: FlatTable,
  body: DataView,
  types: ReadonlyMap<string, string>,
): void {
  expect(!tableIn(batch, 3) && vectorIn(batch, 4, 8).length === 0, "it is compressed");
  const rows = longIn(batch, 0);
  const nodes = vectorIn(batch, 1, 16);
  const buffers = buffersOf(batch, body);
  const next = () => buffers.shift() ?? partOf(body, 0, 0);
  for (const type of types.values()) {
    const node = nodes.shift();
    expect(node && longAt(batch.view, node) === rows, "a column has another number of rows");
    checkNulls(next(), rows, longAt(batch.view, node + 8));
    const values = next();
    expect(values.byteLength * 8 >= rows * bitsOf.get(type)!, "a column has too few values");
    if (type === "Utf8") checkTexts(values, next(), rows);
  }
  expect(nodes.length === 0 && buffers.length === 0, "there are more columns than described");
}

/** The parts of a body that a record batch describes: they follow one another, each begins at a multiple of 8 bytes. */
function buffersOf(batch: FlatTable, body: DataView): DataView[] {
  const aligned = (place: number) => 8 * Math.ceil(place / 8);
  let end = 0;
  const buffers = vectorIn(batch, 2, 16).map((place) => {
    const [offset, length] = [longAt(batch.view, place), longAt(batch.view, place + 8)];
    expect(offset === aligned(end), "values do not follow one another");
    end = offset + length;
    return partOf(body, offset, length);
  });
  expect(aligned(end) === body.byteLength, "a record batch does not describe all of its values");
  return buffers;
}

/** Checks the number of null rows: one bit per row says which are not null. */
function checkNulls(validity: DataView, rows: number, nulls: number): void {
  const bits = validity.byteLength === 0 ? 0 : rows;
  expect(rows >= 0 && validity.byteLength * 8 >= bits, "a column has too few values");
  let counted = 0;
  for (let i = 0; i < bits; i++) counted += 1 & ~(validity.getUint8(i >> 3) >> (i & 7));
  expect(counted === nulls, `a column has ${counted} nulls and says ${nulls}`);
}

/** Checks that there is a text for every row, between two offsets, and that it is UTF-8. */
function checkTexts(offsets: DataView, texts: DataView, rows: number): void {
  for (let i = 0; i < rows; i++) {
    const from = offsets.getInt32(4 * i, true);
    utf8Of(partOf(texts, from, offsets.getInt32(4 * i + 4, true) - from));
  }
}

/** Checks keys and values; returns them. */
function metadataIn(table: FlatTable, field: number): Map<string, string> {
  const pairs = vectorIn(table, field, 4).map((place) => tableAt(table.view, place));
  return new Map(pairs.map((pair) => [textIn(pair, 0), textIn(pair, 1)]));
}

function expect(holds: unknown, otherwise: string): asserts holds {
  if (!holds) throw new RangeError(otherwise);
}
