import assert from "node:assert/strict";
import { type AttackFlags, attacks } from "../../lib/attacks/attacks.ts";
import { predict } from "../../lib/compute/predict.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const network = smallMlp();
const model = { network, weights: smallWeights(network, "attacks") };
const { images, count } = smallSplit(20, "attacks");

/** The perturbations of an attack of few iterations that leaves some samples right. */
async function perturbations(name: string, flags: Partial<AttackFlags>): Promise<Float32Array> {
  const engine = await sharedEngine(1);
  const { labels } = await predict(engine, model, images);
  const { options, run } = attacks[name]!;
  const usual = { ...options, epsilon: 0.2, iterations: 10 };
  const all = { ...usual, ...flags } as AttackFlags;
  return (await run(engine, model, { images, labels, count }, all, {})).perturbations;
}

for (const flag of ["restarts", "seed"] as const) {
  for (const [name, { options }] of Object.entries(attacks)) {
    if (options[flag] === undefined) continue;
    Deno.test(`another number as ${flag} gives other perturbations by ${name}`, async () => {
      assert.notDeepEqual(
        await perturbations(name, { [flag]: options[flag]! + 2 }),
        await perturbations(name, {}),
      );
    });
  }
}
