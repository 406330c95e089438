import assert from "node:assert/strict";
import { cleaned, drawables } from "../../lib/notebooks/cleaned.ts";
import {
  type Cell,
  encodeNotebook,
  type Notebook,
  type Output,
} from "../../lib/notebooks/notebook.ts";
import { failures, problems } from "../../lib/notebooks/problems.ts";

const plotly = "application/vnd.plotly.v1+json";
const text: Output = { output_type: "stream", name: "stdout", text: ["1\n"] };
const figure: Output = {
  output_type: "display_data",
  metadata: { noise: 1 },
  data: {
    [plotly]: { data: [], layout: {} },
    "text/html": "<script>draw</script>",
    "text/plain": "a",
  },
};
const script: Output = {
  output_type: "execute_result",
  execution_count: 1,
  data: { "text/html": ["<script>plotly</script>"], "text/plain": "Figures" },
};
const error: Output = { output_type: "error", ename: "Error", evalue: "no", traceback: ["at x"] };

function code(source: string, outputs: Output[], execution_count: number | null = 1): Cell {
  const metadata = { execution: { "iopub.status.busy": "2020" } };
  return { cell_type: "code", id: "a", source, outputs, execution_count, metadata };
}

function executed(...cells: Cell[]): Notebook {
  const metadata = { kernelspec: { name: "deno" }, language_info: { version: "6.0.3" } };
  return { cells, metadata, nbformat: 4, nbformat_minor: 5 };
}

const good = cleaned(executed(code("1", [text]), code("2", [])));

Deno.test("an executed notebook, cleaned, has no problems", () => {
  assert.deepEqual(problems(good), []);
});

Deno.test("cleaning keeps figures as data and pictures, and drops scripts, counts, times and versions", () => {
  const { cells, metadata } = cleaned(executed(code("1", [figure, script, text])), ["UE5H"]);
  const { outputs, execution_count, metadata: own } = cells[0]!;
  assert.deepEqual({ execution_count, own }, { execution_count: null, own: {} });
  assert.deepEqual(outputs!.map(({ data, text }) => data ?? text), [
    { [plotly]: { data: [], layout: {} }, "image/png": "UE5H", "text/plain": "a" },
    { "text/plain": "Figures" },
    ["1\n"],
  ]);
  assert.doesNotMatch(JSON.stringify({ cells, metadata }), /2020|noise|6\.0\.3|<script>/);
});

Deno.test("cleaning puts one picture in the place of a grid of images, which would not survive a sanitizer", () => {
  const grid: Output = {
    output_type: "display_data",
    data: { "text/html": ['<img src="a">\n', '<img src="b">'], "text/plain": "Two images." },
  };
  const table: Output = {
    output_type: "display_data",
    data: { "text/html": "<table></table>", "text/plain": "A table." },
  };
  const notebook = executed(code("1", [table, grid, figure]));
  assert.deepEqual(drawables(notebook), [
    { html: '<img src="a">\n<img src="b">' },
    { figure: { data: [], layout: {} } },
  ]);
  const { outputs } = cleaned(notebook, ["R1JJRA==", "UE5H"]).cells[0]!;
  assert.deepEqual(outputs!.map(({ data }) => data), [
    table.data,
    { "image/png": "R1JJRA==", "text/plain": "Two images." },
    { [plotly]: { data: [], layout: {} }, "image/png": "UE5H", "text/plain": "a" },
  ]);
  const { outputs: [, kept] = [] } = cleaned(notebook).cells[0]!;
  assert.deepEqual(kept!.data, grid.data);
});

const [first, second] = good.cells as [Cell, Cell];
Deno.test("a line of progress, which is empty in the end, is not committed", () => {
  const lines = ["", []].map((empty): Output => (
    { output_type: "display_data", metadata: {}, data: { "text/plain": empty } }
  ));
  const [cell] = cleaned(executed(code("1", [...lines, text]))).cells;
  assert.deepEqual(cell!.outputs, [{ output_type: "stream", name: "stdout", text: ["1\n"] }]);
});

const tampered: Readonly<Record<string, [Notebook, RegExp]>> = {
  "a changed cell": [{ ...good, cells: [{ ...first, source: "3" }, second] }, /other code/],
  "a new cell": [{ ...good, cells: [first, second, second] }, /other code/],
  "a removed cell": [{ ...good, cells: [first] }, /other code/],
  "cells in another order": [{ ...good, cells: [second, first] }, /other code/],
  "an error": [{ ...good, cells: [{ ...first, outputs: [error] }, second] }, /cell 1 .* error/],
  "no hash": [{ ...good, metadata: {} }, /not run/],
  "a count": [{ ...good, cells: [{ ...first, execution_count: 7 }, second] }, /counts/],
  "a long cell": [cleaned(executed(code("1\n".repeat(21), []))), /22 lines/],
  "a large output": [
    { ...good, cells: [{ ...first, outputs: [{ ...text, text: "a".repeat(3e6) }] }, second] },
    /bytes/,
  ],
};

for (const [name, [notebook, expected]] of Object.entries(tampered)) {
  Deno.test(`${name} in a committed notebook is a problem`, () => {
    const found = problems(notebook);
    assert.equal(found.length, 1, found.join());
    assert.match(found[0]!, expected);
  });
}

Deno.test("a cell that failed and a cell that was not run are failures", () => {
  const came = failures(executed(code("1", [error]), code("2", [text]), code("3", [], null)));
  assert.deepEqual(came, ["code cell 1 failed: Error: no", "code cell 3 was not run"]);
});

Deno.test("a notebook is written with a line of source on a line of its own", () => {
  const file = encodeNotebook(executed(code("a\nb\n\nc", [])));
  assert.deepEqual(JSON.parse(file).cells[0].source, ["a\n", "b\n", "\n", "c"]);
});
