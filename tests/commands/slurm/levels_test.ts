import assert from "node:assert/strict";
import { levelsOf } from "../../../lib/commands/slurm/levels.ts";

const cases: readonly (readonly [string, Record<string, string[]>, string[][]])[] = [
  ["nothing", {}, []],
  ["items without needs", { a: [], b: [] }, [["a", "b"]]],
  ["a chain", { a: [], b: ["a"], c: ["b"] }, [["a"], ["b"], ["c"]]],
  ["the latest need counts", { a: [], b: ["a"], c: [], d: ["b", "c"] }, [["a", "c"], ["b"], ["d"]]],
  ["needs that have ended already", { b: ["a"], c: ["a", "b"] }, [["b"], ["c"]]],
];

for (const [name, needs, expected] of cases) {
  Deno.test(`levels of items: ${name}`, () => {
    const items = Object.entries(needs).map(([id, needs]) => ({ id, needs }));
    assert.deepEqual(levelsOf(items).map((level) => level.map(({ id }) => id)), expected);
  });
}
