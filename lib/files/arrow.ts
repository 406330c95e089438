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
import { excerpt } from "../engine/excerpt.ts";
import { UserError } from "../engine/user_error.ts";
import { checkArrow, type CheckedArrow } from "./arrow_check.ts";
import { checksumOf } from "./checksums.ts";

/** The version of the layout of all results files, in their schemas' metadata as `format_version`. */
export const formatVersion = "1";

/** The types that values have; `short` is a whole number from 0 to 65535, `single` a real one of 32 bits. */
export type ValueType = "text" | "whole" | "short" | "real" | "single" | "truth";

/** The types of columns: the type of their values, and whether a value may be null. */
export type ColumnType = ValueType | `${ValueType} or null`;

/**
 * The JavaScript type of each type of value.
 *
 * @internal
 */
interface Values {
  readonly text: string;
  readonly whole: number;
  readonly short: number;
  readonly real: number;
  readonly single: number;
  readonly truth: boolean;
}

/** The JavaScript type of a column's cells. */
export type CellOf<Type extends ColumnType> = Type extends ValueType ? Values[Type]
  : Type extends `${infer Value extends ValueType} or null` ? Values[Value] | null
  : never;

/** A table's columns, in order. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** A row of a table with these columns. */
export type RowOf<Table extends Columns> = { readonly [Name in keyof Table]: CellOf<Table[Name]> };

/** A row: one value per column, null where there is none. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

const types: Record<ValueType, () => DataType> = {
  text: () => new Utf8(),
  whole: () => new Int32(),
  short: () => new Uint16(),
  real: () => new Float64(),
  single: () => new Float32(),
  truth: () => new Bool(),
};

/**
 * Writes rows as an Arrow IPC file; NaN becomes null. The schema's metadata hold the SHA-256 of the record batches as `sha256`.
 */
export function encodeTable(columns: Columns, rows: readonly Row[]): Uint8Array {
  const vectors = Object.entries(columns).map(([name, type]) =>
    [name, vectorFromArray(rows.map((row) => known(row[name])), dataType(type))] as const
  );
  const table = new Table(Object.fromEntries(vectors));
  const sha256 = checksumOf(checkArrow(encoded(table, {})).batches);
  return encoded(table, { format_version: formatVersion, sha256 });
}

function encoded(table: Table, metadata: Readonly<Record<string, string>>): Uint8Array {
  const schema = new Schema(table.schema.fields, new Map(Object.entries(metadata)));
  return tableToIPC(
    new Table(schema, table.batches.map((batch) => new RecordBatch(schema, batch.data))),
    "file",
  );
}

function known(value: Row[string] | undefined): Row[string] {
  return value === undefined || Number.isNaN(value) ? null : value;
}

/**
 * Reads an Arrow IPC file of this project. One without a checksum is accepted: earlier versions wrote none.
 *
 * @returns The declared columns of every row; other columns are ignored.
 * @throws {UserError} when it is not an Arrow file, is damaged or of another version, or a column is missing, of another type or has
 * nulls that are not allowed.
 */
export function decodeTable<Table extends Columns>(
  bytes: Uint8Array,
  columns: Table,
  path: string,
): RowOf<Table>[] {
  const fail: Fail = (expected, came) =>
    new UserError(`reading ${path}: expected ${expected}, got ${came}`);
  check(bytes, columns, fail);
  const table = tableFromIPC(bytes);
  const vectors = Object.entries(columns).map(([name, type]) => {
    const vector = table.getChild(name)!;
    if (vector.nullCount > 0 && !type.endsWith(" or null")) {
      throw fail(`a value in every row of column ${name}`, `${vector.nullCount} rows without one`);
    }
    return [name, vector] as const;
  });
  return Array.from(
    { length: table.numRows },
    (_, i) =>
      Object.fromEntries(vectors.map(([name, vector]) => [name, vector.get(i)])) as RowOf<Table>,
  );
}

/** Makes the error for one thing wrong with one file. */
type Fail = (expected: string, came: string) => UserError;

/** Checks all of a file except its values. */
function check(bytes: Uint8Array, columns: Columns, fail: Fail): void {
  const checked = checkedArrow(bytes, fail);
  const version = checked.metadata.get("format_version");
  if (version !== formatVersion) {
    throw fail(`results of format version ${formatVersion}`, excerpt(version ?? "none"));
  }
  for (const [name, type] of Object.entries(columns)) {
    const [wanted, came] = [`${dataType(type)}`, checked.types.get(name)];
    if (!came) throw fail(`a column ${name}`, excerpt([...checked.types.keys()].join(", ")));
    if (came !== wanted) throw fail(`a column ${name} of type ${wanted}`, came);
  }
  const came = checksumOf(checked.batches);
  const wanted = checked.metadata.get("sha256") ?? came;
  if (came !== wanted) {
    throw fail(`record batches with SHA-256 ${excerpt(wanted)}`, `${came}: it is damaged`);
  }
}

function checkedArrow(bytes: Uint8Array, fail: Fail): CheckedArrow {
  try {
    return checkArrow(bytes);
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw fail("a whole Arrow file", `a damaged or different file: ${error.message}`);
  }
}

function dataType(type: ColumnType): DataType {
  return types[type.replace(" or null", "") as ValueType]();
}
