import assert from "node:assert/strict";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { gradientsOf } from "../../lib/defenses/defense.ts";
import { releaseAll } from "../../lib/engine/release.ts";
import { shards, shared } from "../../lib/engine/shared_memory.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallMlp, smallWeights } from "../small_problem.ts";
import { batch, key, split } from "./step.ts";

Deno.test("a step's gradients stay as they are in the next step, and may be released", async () => {
  const engine = await sharedEngine(2);
  const network = smallMlp();
  const run = await deepDefense().load(engine, network);
  const step = async (weight: number) => {
    const weights = arraysOf(smallWeights(network, "step memory"));
    Object.values(weights).forEach((array) => array.forEach((_, i) => array[i]! *= weight));
    const data = { weights, images: shared(split.images), labels: split.labels, batch, key };
    return gradientsOf(
      await run(shards(batch, engine.workers).map((shard) => ({ ...data, ...shard }))),
    );
  };
  const first = await step(1);
  const copy = structuredClone(first);
  const other = await step(0.5);
  assert.deepEqual(first, copy);
  assert.notDeepEqual(first, other);

  releaseAll([...first, ...other]);
  assert.deepEqual(await step(1), copy);
});
