import assert from "node:assert/strict";
import { halvingRule } from "../../lib/attacks/apgd/halving_rule.ts";
import { random } from "../../lib/engine/random.ts";

/** After which of these losses the step size is halved. */
function halvings(start: number, losses: readonly number[]): number[] {
  const halves = halvingRule(losses.length, start);
  return losses.flatMap((loss, i) => halves(loss) ? [i + 1] : []);
}

Deno.test("a loss that always rises never halves the step size", () => {
  assert.deepEqual(halvings(0, Array.from({ length: 100 }, (_, i) => i + 1)), []);
});

Deno.test("a loss that never rises halves at every checkpoint: after 22, 41, 57 and so on of 100 steps", () => {
  const losses = Array<number>(100).fill(0);
  // Distances 22, 19, 16, 13, 10, 7, then 6.
  assert.deepEqual(halvings(0, losses), [22, 41, 57, 70, 80, 87, 93, 99]);
});

Deno.test("with few steps there is a checkpoint after every step", () => {
  assert.deepEqual(halvings(0, [0, 0, 0, 0]), [1, 2, 3, 4]);
});

Deno.test("a best loss that stays halves, though most steps rise, unless the last checkpoint did", () => {
  // Rises four times of five: more than 0.75 of the steps, but never beyond the start.
  const losses = Array.from({ length: 100 }, (_, i) => [-5, -4, -3, -2, -1][i % 5]!);
  assert.deepEqual(halvings(0, losses).slice(0, 1), [41]);
});

/** The rule as the paper states it, over whole arrays. */
function asPublished(start: number, losses: readonly number[]): number[] {
  const steps = losses.length;
  const all = [start, ...losses];
  const most = (to: number) => Math.max(...all.slice(0, to + 1));
  const shares = [0, 0.22];
  for (let j = 1; shares.at(-1)! < 1; j++) {
    shares.push(shares[j]! + Math.max(shares[j]! - shares[j - 1]! - 0.03, 0.06));
  }
  const checkpoints = shares.map((share) => Math.round(share * steps)).filter((w) => w <= steps);
  const halved: number[] = [];
  checkpoints.slice(1).forEach((to, i) => {
    const from = checkpoints[i]!;
    let rises = 0;
    for (let k = from; k < to; k++) if (all[k + 1]! > all[k]!) rises++;
    const kept = i > 0 && !halved.includes(from);
    if (rises <= 0.75 * (to - from) || (kept && most(to) === most(from))) halved.push(to);
  });
  return halved;
}

Deno.test("it is the paper's rule on random losses", () => {
  let kept = 0;
  for (let seed = 0; seed < 500; seed++) {
    const next = random("halving", seed);
    const trend = next() < 0.5 ? 0.25 : 0.2;
    let [start, level] = [next(), 0];
    level = start;
    const losses = Array.from({ length: 100 }, () => level += next() - trend);
    const expected = asPublished(start, losses);
    assert.deepEqual(halvings(start, losses), expected);
    kept += 8 - expected.length;
  }
  assert.ok(kept > 500 && kept < 3500, `${kept} of 4000 checkpoints keep the step size`);
});
