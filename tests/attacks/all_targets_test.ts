import assert from "node:assert/strict";
import { attackAllTargets } from "../../lib/attacks/all_targets.ts";
import type { MinimumNormAttacked } from "../../lib/attacks/attacked.ts";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { predict } from "../../lib/compute/predict.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

Deno.test("the worst case over targets is, for every sample, the smallest perturbation that reaches another class", async () => {
  await using engine = await createEngine({ workers: 1 });
  const network = smallMlp();
  const model = { network, weights: smallWeights(network, "worst") };
  const { images, count } = smallSplit(30, "worst");
  const { labels: sources } = await predict(engine, model, images);
  const each: MinimumNormAttacked[] = [];
  for (const target of [0, 1, 2, 3]) {
    const targets = new Uint16Array(count).fill(target);
    each.push(await deepfool(engine, model, images, { targets, iterations: 3 }));
  }
  const done: number[] = [];
  const worst = await attackAllTargets(
    (goal) => deepfool(engine, model, images, { iterations: 3, ...goal }),
    4,
    sources,
    (part) => done.push(part),
  );
  for (let i = 0; i < count; i++) {
    const others = each.filter((_, target) => target !== sources[i]);
    const norms = others.filter(({ fooled }) => fooled[i]).map(({ norms }) => norms[i]!);
    assert.equal(worst.fooled[i], Number(norms.length > 0));
    if (norms.length === 0) {
      assert.equal(worst.norms[i], others[0]!.norms[i]);
      continue;
    }
    assert.equal(worst.norms[i], Math.min(...norms));
    const best = others.find(({ norms, fooled }) => fooled[i] && norms[i] === worst.norms[i])!;
    const row = (rows: Float32Array) => rows.subarray(i * 36, (i + 1) * 36);
    assert.deepEqual(row(worst.perturbations), row(best.perturbations));
    assert.notEqual(worst.fooledAs[i], sources[i]);
  }
  assert.deepEqual([done.at(-1), worst.fooled.some(Boolean)], [count, true]);
});
