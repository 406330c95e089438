import {
  Bool,
  type DataType,
  Float32,
  Float64,
  Int32,
  RecordBatch,
  Schema,
  Table,
  tableFromIPC,
  tableToIPC,
  Uint16,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { UserError } from "../engine/user_error.ts";

/** The version of the layout of all results files, in their schemas' metadata as `format_version`. */
export const formatVersion = "1";

/** The types that columns have; `short` is a whole number from 0 to 65535, `single` a real one of 32 bits. */
export type ColumnType = "text" | "whole" | "short" | "real" | "single" | "truth";

/** A table's columns, in order. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** A row: a value for every column, null where there is none. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

const types: Record<ColumnType, () => DataType> = {
  text: () => new Utf8(),
  whole: () => new Int32(),
  short: () => new Uint16(),
  real: () => new Float64(),
  single: () => new Float32(),
  truth: () => new Bool(),
};

/** Writes rows as an Arrow IPC file; NaN becomes null. */
export function encodeTable(columns: Columns, rows: readonly Row[]): Uint8Array {
  const vectors = Object.entries(columns).map(([name, type]) =>
    [name, vectorFromArray(rows.map((row) => known(row[name])), types[type]())] as const
  );
  const plain = new Table(Object.fromEntries(vectors));
  const schema = new Schema(plain.schema.fields, new Map([["format_version", formatVersion]]));
  return tableToIPC(
    new Table(schema, plain.batches.map((batch) => new RecordBatch(schema, batch.data))),
    "file",
  );
}

function known(value: Row[string] | undefined): Row[string] {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/**
 * Reads an Arrow IPC file of ours.
 *
 * @throws UserError when it is no Arrow file, of another version, or lacks a column.
 */
export function decodeTable(bytes: Uint8Array, columns: Columns, path: string): Row[] {
  const table = parse(bytes, path);
  const version = table.schema.metadata.get("format_version");
  if (version !== formatVersion) {
    throw new UserError(
      `reading ${path}: expected results of format version ${formatVersion}, got ${
        version ?? "none"
      }`,
    );
  }
  const missing = Object.keys(columns).find((name) => !table.getChild(name));
  if (missing) {
    throw new UserError(
      `reading ${path}: expected a column ${missing}, got ${table.schema.names.join(", ")}`,
    );
  }
  const vectors = Object.keys(columns).map((name) => [name, table.getChild(name)!] as const);
  return Array.from(
    { length: table.numRows },
    (_, i) => Object.fromEntries(vectors.map(([name, vector]) => [name, vector.get(i)])),
  );
}

function parse(bytes: Uint8Array, path: string): Table {
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    throw new UserError(`reading ${path}: expected an Arrow file: ${(error as Error).message}`, 1, {
      cause: error,
    });
  }
}
