import assert from "node:assert/strict";
import { readNotebook } from "../../lib/notebooks/notebook.ts";
import { isUserError } from "../data/user_error.ts";

const cell = { cell_type: "code", id: "a", metadata: {}, source: ["1\n", "2"], outputs: [] };
const whole = { cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 };

async function read(notebook: unknown) {
  const path = await Deno.makeTempFile();
  try {
    const text = typeof notebook === "string" ? notebook : JSON.stringify(notebook);
    await Deno.writeTextFile(path, text);
    return await readNotebook(path);
  } finally {
    await Deno.remove(path);
  }
}

function withCell(change: Readonly<Record<string, unknown>>) {
  return { ...whole, cells: [cell, { ...cell, ...change }] };
}

Deno.test("a notebook is read as it was written", async () => {
  assert.deepEqual(await read(whole), whole);
});

const bad: Readonly<Record<string, readonly [notebook: unknown, message: RegExp]>> = {
  "no JSON": ["{", /expected a notebook: /],
  "JSON over several lines that does not end": [`{\n"cells": [\n`, /expected a notebook: /],
  "null": [null, /of nbformat 4, got nbformat undefined$/],
  "another format": [{ ...whole, nbformat: 3 }, /of nbformat 4, got nbformat 3$/],
  "a format of a thousand letters": [
    { ...whole, nbformat: "a".repeat(1000) },
    /got nbformat "a{79}\.\.\. \(1002 characters\)$/,
  ],
  "no cells": [{ ...whole, cells: {} }, /expected a notebook with cells and metadata/],
  "no metadata": [{ ...whole, metadata: null }, /expected a notebook with cells and metadata/],
  "a cell that is null": [{ ...whole, cells: [null] }, /as cell 1, got null$/],
  "a cell of another type": [withCell({ cell_type: "cold" }), /raw cell as cell 2, got \{/],
  "source that is a number": [withCell({ source: 1 }), /as cell 2, got /],
  "source with a line that is a number": [withCell({ source: ["1", 2] }), /as cell 2, got /],
  "outputs that are no list": [withCell({ outputs: {} }), /as cell 2, got /],
  "an output that is null": [withCell({ outputs: [null] }), /as cell 2, got /],
  "an output without data": [
    withCell({ outputs: [{ output_type: "display_data" }] }),
    /as cell 2, got /,
  ],
  "an output whose HTML is a number": [
    withCell({ outputs: [{ output_type: "display_data", data: { "text/html": 1 } }] }),
    /as cell 2, got /,
  ],
};
for (const [which, [notebook, message]] of Object.entries(bad)) {
  Deno.test(`a notebook is refused in one line: ${which}`, async () => {
    await assert.rejects(read(notebook), isUserError(message));
  });
}
