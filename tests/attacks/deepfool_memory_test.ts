import assert from "node:assert/strict";
import {
  type DeepFoolLimits,
  searchNearest,
  searchTowards,
} from "../../lib/attacks/deepfool/deepfool_machine.ts";
import { rowMemory } from "../../lib/compute/row_memory.ts";

const steps = 500;

/** A sample that no step fools: the total after step i is (i, -i). */
function walked(search: typeof searchNearest, keeps: DeepFoolLimits["keeps"]) {
  const { take, clear } = rowMemory();
  let taken = 0;
  const memory = { clear, take: (length: number) => (taken++, take(length)) };
  const { begin, advance } = search({ iterations: steps, candidates: 2, keeps }, memory);
  const isTowards = search === searchTowards;
  const logits = isTowards ? Float32Array.of(1, 0) : Float32Array.of(0, 1);
  const state = begin({ x: new Float32Array(2), label: 1, logits });
  const nextTotal = new Float32Array(2);
  const outputs = { nextTotal, logits, choice: Float32Array.of(0), source: Float32Array.of(0) };
  let more = true;
  for (let i = 1; more; i++) {
    nextTotal.set([i, -i]);
    more = advance(state, outputs);
  }
  return { state, taken };
}

for (const search of [searchNearest, searchTowards]) {
  Deno.test(`${search.name} keeps the totals that it is told to keep, and takes no more rows than these`, () => {
    for (const earlier of [0, 1, 5, 499]) {
      const { state, taken } = walked(search, (step) => step === earlier);
      assert.deepEqual([...state.total], [steps, -steps]);
      assert.deepEqual([...state.steps[earlier]!.at], [earlier, -earlier || 0]);
      assert.deepEqual([state.steps.length, taken], [steps, 2]);
    }
    const { state, taken } = walked(search, () => true);
    assert.deepEqual([state.steps.length, taken], [steps, steps + 1]);
    state.steps.forEach(({ at }, i) => assert.deepEqual([...at], [i, -i || 0]));
  });
}
