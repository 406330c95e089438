import assert from "node:assert/strict";
import { norm } from "../../lib/compute/norms.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { networkFor } from "../../lib/networks/by_name.ts";
import { formulaWeights, hashed } from "./reference/formula.ts";
import alexnet from "./reference/alexnet.json" with { type: "json" };
import alexnetTorchvision from "./reference/alexnet_torchvision.json" with { type: "json" };
import resnet18 from "./reference/resnet18.json" with { type: "json" };

/** PyTorch's numbers, see reference/make.py, and the range of the inputs that they are of. */
const references = [
  { name: "alexnet", side: 227, range: 120, torch: alexnet },
  { name: "alexnet_torchvision", side: 224, range: 2, torch: alexnetTorchvision },
  { name: "resnet18", side: 224, range: 2, torch: resnet18 },
];

for (const { name, side, range, torch } of references) {
  Deno.test(`${name} at full size has PyTorch's parameters, logits and input gradients`, async (t) => {
    const network = networkFor(name, { inputShape: [3, side, side], classes: 1000 });

    await t.step("the parameters are called and shaped as in its state dict", () => {
      const byName = (shapes: object) => Object.entries(shapes).sort(([a], [b]) => a < b ? -1 : 1);
      assert.deepEqual(byName(network.parameters), byName(torch.parameters));
    });

    await t.step("logits and gradients agree to 1e-4", async () => {
      await using engine = await createEngine({ workers: 1 });
      const run = await engine.compile(({ x, seeds, ...weights }) => {
        const { output, trace } = network.forward(weights, x!);
        return { logits: output, gradient: network.reverse(weights, trace, seeds!) };
      }, { ...network.parameters, x: [1, ...network.inputShape], seeds: [1, 1000] });
      const weights = Object.entries(formulaWeights(network.parameters));
      const x = Float32Array.from(hashed("input", 3 * side ** 2), (u) => (2 * u - 1) * range);
      const seeds = Float32Array.from(
        { length: 1000 },
        (_, k) => Number(k === 3) - Number(k === 7),
      );
      const arrays = Object.fromEntries(weights.map(([key, { data }]) => [key, data]));
      const { logits, gradient } = await run({ ...arrays, x, seeds });
      const places = Array.from(hashed("places", 64), (u) => Math.floor(u * gradient!.length));
      assertNear(logits!, torch.logits);
      assertNear(places.map((place) => gradient![place]!), torch.gradient);
      assertNear([norm(gradient!)], [torch.gradient_norm]);
    });
  });
}

/** That two vectors differ by less than 1e-4 of the second one's length. */
function assertNear(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const apart = Float32Array.from(expected, (value, i) => value - actual[i]!);
  const relative = norm(apart) / norm(Float32Array.from(expected));
  assert.ok(relative < 1e-4, `relative error ${relative}`);
}
