import assert from "node:assert/strict";
import { tableFromIPC } from "apache-arrow";
import { type Columns, decodeTable, encodeTable, formatVersion } from "../../lib/files/arrow.ts";
import { isUserError } from "../data/user_error.ts";
import { withMetadata } from "../jobs/small_experiment.ts";

const columns: Columns = {
  name: "text or null",
  count: "whole or null",
  value: "real or null",
  sound: "truth or null",
};
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
  const bytes = encodeTable({ value: "single or null" }, [{ value: NaN }, { value: 0.5 }]);
  const read = decodeTable(bytes, { value: "single or null" }, "t.arrow");
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
  [
    "with a column of another type",
    encodeTable({ ...columns, count: "real" }, []),
    /^reading t\.arrow: expected a column count of type Int32, got Float64$/,
  ],
  [
    "whose values are other ones than were written",
    withMetadata(good, { format_version: formatVersion, sha256: "0".repeat(64) }),
    /^reading t\.arrow: expected record batches with SHA-256 0{64}, got \w{64}: it is damaged$/,
  ],
];
for (const [which, bytes, message] of bad) {
  Deno.test(`a file ${which} is refused in one line`, () => {
    assert.throws(
      () => decodeTable(bytes, columns, "t.arrow"),
      isUserError(message),
    );
  });
}

Deno.test("a null is refused in a column that always has a value", () => {
  assert.throws(
    () => decodeTable(good, { ...columns, count: "whole" }, "t.arrow"),
    isUserError(
      /^reading t\.arrow: expected a value in every row of column count, got 1 rows without one$/,
    ),
  );
});

Deno.test("columns that were not asked for are left out", () => {
  assert.deepEqual(
    decodeTable(good, { count: "whole or null" }, "t.arrow"),
    rows.map(({ count }) => ({ count })),
  );
});

Deno.test("a file without a checksum, as earlier versions wrote, is read", () => {
  const bytes = withMetadata(good, { format_version: formatVersion });
  assert.deepEqual(decodeTable(bytes, columns, "t.arrow"), rows);
});

Deno.test("any bit of a file may flip: it is read as it was or refused in one line", () => {
  for (const bit of Array(8 * good.length).keys()) {
    const flipped = good.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    try {
      assert.deepEqual(decodeTable(flipped, columns, "t.arrow"), rows, `bit ${bit}`);
    } catch (error) {
      isUserError(/^reading t\.arrow: expected /)(error);
    }
  }
});
