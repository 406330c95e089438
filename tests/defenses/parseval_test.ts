import assert from "node:assert/strict";
import { parseval } from "../../lib/defenses/parseval.ts";
import type { Network } from "../../lib/networks/network.ts";
import { sharedEngine } from "../shared_engine.ts";
import { smallConvolutional, smallMlp, smallWeights } from "../small_problem.ts";

const at = { seed: 3, epoch: 1, step: 4 };

async function projected(network: Network, beta: number, share: number, where = at) {
  const engine = await sharedEngine(1);
  const weights = smallWeights(network, "parseval");
  const before = Object.fromEntries(
    Object.entries(weights).map(([name, { data }]) => [name, data.slice()]),
  );
  const after = Object.fromEntries(
    Object.entries(before).map(([name, data]) => [name, data.slice()]),
  );
  await (await parseval({ beta, share }).projection!(engine, network))(after, where);
  return { before, after };
}

/** The rows of a weight, [outputs, inputs]: the columns of M. */
function rowsOf(data: Float32Array, shape: readonly number[]): number[][] {
  const inputs = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, i) => [
    ...data.subarray(i * inputs, (i + 1) * inputs),
  ]);
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** ||S S' - I||. */
function distanceToOrthonormal(rows: readonly number[][]): number {
  const errors = rows.flatMap((a, i) => rows.map((b, j) => dot(a, b) - Number(i === j)));
  return Math.sqrt(dot(errors, errors));
}

for (const network of [smallMlp(), smallConvolutional()]) {
  Deno.test(`Parseval's step on ${network.name} is (1 + beta) S - beta S S' S for the rows it draws`, async () => {
    const beta = 0.1;
    const { before, after } = await projected(network, beta, 0.5);
    for (const [name, shape] of Object.entries(network.parameters)) {
      if (shape.length === 1) assert.deepEqual(after[name], before[name], name);
      else {
        const [old, now] = [rowsOf(before[name]!, shape), rowsOf(after[name]!, shape)];
        const drawn = old.keys().filter((i) => String(old[i]) !== String(now[i])).toArray();
        assert.equal(drawn.length, Math.round(0.5 * shape[0]!), name);
        const s = drawn.map((i) => old[i]!);
        for (const i of drawn) {
          now[i]!.forEach((value, j) => {
            const pulled = s.reduce((sum, row) => sum + dot(old[i]!, row) * row[j]!, 0);
            const expected = (1 + beta) * old[i]![j]! - beta * pulled;
            assert.ok(Math.abs(value - expected) < 1e-5, `${name}: ${value} is not ${expected}`);
          });
        }
      }
    }
  });

  Deno.test(`Parseval's step brings the drawn rows of ${network.name} closer to orthonormal ones`, async () => {
    const { before, after } = await projected(network, 0.05, 1);
    for (const [name, shape] of Object.entries(network.parameters)) {
      if (shape.length === 1) continue;
      const [old, now] = [before, after].map((all) =>
        distanceToOrthonormal(rowsOf(all[name]!, shape))
      );
      assert.ok(now! < old!, `${name}: ${now} is not below ${old}`);
    }
  });
}

Deno.test("Parseval draws the same rows at the same step, and others at the next", async () => {
  const network = smallMlp();
  const [a, b, next] = [
    await projected(network, 0.1, 0.3),
    await projected(network, 0.1, 0.3),
    await projected(network, 0.1, 0.3, { ...at, step: 5 }),
  ];
  assert.deepEqual(a.after, b.after);
  assert.notDeepEqual(a.after, next.after);
});
