import assert from "node:assert/strict";
import { type AscentGeometry, ascentStep } from "../../lib/attacks/ascent/ascent_functions.ts";
import { norm } from "../../lib/compute/norms.ts";
import { arraysOf } from "../../lib/compute/run_in_blocks.ts";
import type { Engine } from "../../lib/engine/engine.ts";
import { weightInputs } from "../../lib/networks/network_function.ts";
import type { Network } from "../../lib/networks/network.ts";
import { assertClose } from "../closeness.ts";
import { createEngines } from "../engine/engines.ts";
import { smallConvolutional, smallMlp, smallSplit, smallWeights } from "../small_problem.ts";

const chunk = 6;
const row = (rows: Float32Array, i: number, length = 36) =>
  rows.subarray(i * length, (i + 1) * length);
const position = smallSplit(chunk, "ascent position").images;
const stepSize = Float32Array.from({ length: chunk }, (_, i) => 0.1 * i);
/** Every other position lies outside its ball. */
const radii = (p: number) =>
  Float32Array.from({ length: chunk }, (_, i) => norm(row(position, i), p) * (i % 2 ? 0.5 : 2));

/** One step of samples that are labelled 0 to 3 in turn. */
async function step(
  engine: Engine,
  network: Network,
  p: number,
  objective: AscentGeometry["objective"],
  from = { position, epsilon: radii(p) },
) {
  const { fn, inputs } = ascentStep(network, { chunk, p, objective });
  const run = await engine.compile(fn, inputs);
  const target = new Float32Array(chunk * 4);
  for (let i = 0; i < chunk; i++) target[i * 4 + i % 4] = 1;
  return await run({
    ...weightInputs(arraysOf(smallWeights(network, "ascent"))),
    ...from,
    x: smallSplit(chunk, "ascent").images,
    target,
    stepSize,
  });
}

/** How far the label's logit is above the largest other one. */
function margin(logits: Float32Array, i: number): number {
  const own = row(logits, i, 4);
  return own[i % 4]! - Math.max(...own.filter((_, k) => k !== i % 4));
}

for (const network of [smallMlp(), smallConvolutional()]) {
  for (const [p, objective] of [[2, "loss"], [2, "margin"], [Infinity, "loss"]] as const) {
    const name = `${network.name}, p = ${p}, ${objective}`;

    Deno.test(`a step on ${name}: onnx and cpu agree`, async () => {
      await using engines = await createEngines();
      const actual = await step(engines.tested, network, p, objective);
      const expected = await step(engines.cpu, network, p, objective);
      assert.deepEqual(Object.keys(actual).sort(), ["delta", "logits", "next", "slope"]);
      for (const [key, array] of Object.entries(expected)) assertClose(actual[key]!, array);
    });

    Deno.test(`a step on ${name}: positions outside come to the nearest point of the ball, and move on by the step's length`, async () => {
      await using engines = await createEngines();
      const { delta, next } = await step(engines.tested, network, p, objective);
      radii(p).forEach((radius, i) => {
        const scale = Math.min(1, radius / norm(row(position, i), p));
        const nearest = row(position, i).map((value) =>
          p === 2 ? scale * value : Math.max(-radius, Math.min(radius, value))
        );
        assertClose(row(delta!, i), nearest, { relative: 1e-6 });
        const moved = row(next!, i).map((value, j) => value - row(delta!, i)[j]!);
        assert.ok(Math.abs(norm(moved, p) - stepSize[i]!) < 1e-6);
      });
    });
  }

  for (const p of [2, Infinity]) {
    Deno.test(`a step on ${network.name}, p = ${p}: the margin falls as fast as the slope says`, async () => {
      await using engines = await createEngines();
      const { delta, next, logits, slope } = await step(engines.cpu, network, p, "margin");
      const share = 1e-2;
      const after = await step(engines.cpu, network, p, "margin", {
        position: delta!.map((value, j) => value + share * (next![j]! - value)),
        epsilon: new Float32Array(chunk).fill(1e3),
      });
      for (let i = 1; i < chunk; i++) {
        const fall = (margin(logits!, i) - margin(after.logits!, i)) / (share * stepSize[i]!);
        assert.ok(Math.abs(fall / slope![i]! - 1) < 1e-2, `${fall} is not ${slope![i]}`);
      }
    });
  }
}
