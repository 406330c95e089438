import assert from "node:assert/strict";
import { tableFromIPC } from "apache-arrow";
import {
  type Columns,
  decodeTable,
  encodeTable,
  formatVersion,
} from "../../lib/experiments/arrow.ts";
import { UserError } from "../../lib/engine/user_error.ts";
import { withMetadata } from "./small_experiment.ts";

const columns: Columns = { name: "text", count: "whole", value: "real", sound: "truth" };
const rows = [
  { name: "ε", count: -3, value: 0.1, sound: true },
  { name: null, count: null, value: null, sound: null },
];

Deno.test("a table comes back as it was written, nulls and doubles to the bit", () => {
  assert.deepEqual(decodeTable(encodeTable(columns, rows), columns, "t.arrow"), rows);
});

Deno.test("a table without rows and one with nulls only keep their columns' types", () => {
  for (const contents of [[], rows.slice(1)]) {
    const bytes = encodeTable(columns, contents);
    assert.deepEqual(
      tableFromIPC(bytes).schema.fields.map(({ name, type, nullable }) =>
        `${name} ${type} ${nullable}`
      ),
      ["name Utf8 true", "count Int32 true", "value Float64 true", "sound Bool true"],
    );
    assert.deepEqual(decodeTable(bytes, columns, "t.arrow"), contents);
  }
});

Deno.test("what is not a number is null in a table", () => {
  const bytes = encodeTable({ value: "single" }, [{ value: NaN }, { value: 0.5 }]);
  const read = decodeTable(bytes, { value: "single" }, "t.arrow");
  assert.deepEqual(read, [{ value: null }, { value: 0.5 }]);
});

Deno.test("files are Arrow IPC files that say their version", () => {
  const bytes = encodeTable(columns, rows);
  assert.equal(new TextDecoder().decode(bytes.slice(0, 6)), "ARROW1");
  assert.equal(tableFromIPC(bytes).schema.metadata.get("format_version"), formatVersion);
});

const good = encodeTable(columns, rows);
const bad: readonly (readonly [string, Uint8Array, RegExp])[] = [
  [
    "of a later version",
    withMetadata(good, { format_version: "2" }),
    /^reading t\.arrow: expected results of format version 1, got 2$/,
  ],
  ["without a version", withMetadata(good, {}), /format version 1, got none$/],
  ["cut short", good.slice(0, good.length >> 1), /^reading t\.arrow: expected /],
  ["of another kind", new TextEncoder().encode("{}"), /^reading t\.arrow: expected /],
  ["that is empty", new Uint8Array(), /^reading t\.arrow: expected /],
  [
    "without a column",
    encodeTable({ name: "text" }, []),
    /^reading t\.arrow: expected a column count, got name$/,
  ],
];
for (const [which, bytes, message] of bad) {
  Deno.test(`a file ${which} is refused in one line`, () => {
    assert.throws(
      () => decodeTable(bytes, columns, "t.arrow"),
      (error) => error instanceof UserError && message.test(error.message),
    );
  });
}
