// Run by mpirun on two ranks; each line that it prints is a fact that holds.
import assert from "node:assert/strict";
import { deepfool } from "../../lib/attacks/deepfool/deepfool.ts";
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { createEngine, type Engine, type ShapedFunction } from "../../lib/engine/engine.ts";
import { withRanks } from "../../lib/mpi/with_ranks.ts";
import type { Network } from "../../lib/networks/network.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { train } from "../../lib/training/train.ts";
import { assertClose } from "../closeness.ts";
import type { Part, Scaling } from "../engine/routine.ts";
import { imagesFor, networks } from "./networks.ts";

const batch = 11; // Shards of unequal sizes.

/** The state after a step. */
async function trained(
  engine: Engine,
  network: Network,
  last: number,
  start: Checkpoint | Weights = network.init(5),
): Promise<Checkpoint> {
  const stop = new AbortController();
  let reached: Checkpoint | undefined;
  await train(engine, network, imagesFor(network, 10 * batch + 1), {
    defense: deepDefense({ lambda: 0.5, c: 1, d: 0.1 }),
    start,
    epochs: 1,
    batch,
    learningRates: [1e-3],
    signal: stop.signal,
    onStep({ step }, checkpoint) {
      if (step + 1 < last) return;
      reached = checkpoint();
      stop.abort();
    },
  }).catch((error) => {
    if (!reached) throw error;
  });
  return reached!;
}

function assertSame(actual: Weights, expected: Weights): void {
  for (const [name, { data }] of Object.entries(expected)) assertClose(actual[name]!.data, data);
}

function scale(): ShapedFunction {
  return { inputs: { x: [2], factor: [1] }, fn: ({ x, factor }) => ({ y: x!.mul(factor!) }) };
}

function scaling(engine: Engine, name: string) {
  return engine.load<Scaling, Part, Float32Array>(engine, {
    functions: { scale: { 2: { make: scale, settings: {} } } },
    module: import.meta.resolve("../engine/routine.ts"),
    export: name,
    settings: { factor: 3 },
  });
}

await withRanks(async (ranks) => {
  await using together = await createEngine({ workers: 1, ranks });
  await using alone = await createEngine({ workers: 2 });
  assert.equal(together.workers, 2);
  for (const network of networks) {
    const expected = await trained(alone, network, 10);
    const { weights } = await trained(together, network, 10);
    assertSame(weights, expected.weights);
    console.log(`${network.name}: ten steps`);

    const { images } = imagesFor(network, 7);
    const model = { network, weights };
    assert.deepEqual(await deepfool(together, model, images), await deepfool(alone, model, images));
    console.log(`${network.name}: an attack`);

    const fourth = await trained(alone, network, 4);
    const seventh = await trained(together, network, 7, fourth);
    assertSame((await trained(alone, network, 10, seventh)).weights, expected.weights);
    console.log(`${network.name}: resumed on one, two and one`);
  }

  const parts = [1, 2].map((x) => ({ x: Float32Array.of(x, 1), delay: 0 }));
  const run = await scaling(together, "scaleRows");
  await assert.rejects(run(parts.map((part, i) => ({ ...part, fail: i === 1 }))), RangeError);
  assert.deepEqual(await run(parts), parts.map(({ x }) => x.map((value) => 3 * value)));
  assert.deepEqual(await run(parts.slice(0, 1)), [Float32Array.of(3, 3)]);
  await assert.rejects(scaling(together, "broken"), /setting up a routine/);
  assert.deepEqual(await run([]), []);
  console.log("an error on a rank is thrown, and the next call is answered");

  const stop = new AbortController();
  ranks!.stopAt(stop.signal);
  const late = assert.rejects(run(parts.map((part) => ({ ...part, delay: 100 }))), /enough/);
  stop.abort(new Error("enough"));
  await late;
  await assert.rejects(run(parts), /enough/);
  console.log("a signal ends the waiting");
});
