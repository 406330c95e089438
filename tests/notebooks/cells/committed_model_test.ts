import assert from "node:assert/strict";
import { UserError } from "../../../lib/engine/user_error.ts";
import { model } from "../../../lib/notebooks/cells/committed_model.ts";

Deno.test("a model of the repository is a network and its weights, on the dataset that it was trained on", async () => {
  const lenet = await model("lenet", "deep_defense");
  assert.equal(lenet.network.name, "lenet");
  assert.deepEqual(lenet.weights["fc2.weight"]!.shape, [10, 500]);
  assert.deepEqual((await model("convnet", "reference")).network.inputShape, [3, 32, 32]);
  const same = await model("lenet", "deep_defense", { dataset: "mnist", seed: 0 });
  assert.deepEqual(same.weights, lenet.weights);
});

const missing: Record<string, Parameters<typeof model>> = {
  "another network": ["resnet18", "reference"],
  "another method": ["lenet", "magic"],
  "another dataset": ["lenet", "reference", { dataset: "cifar10" }],
  "another seed": ["lenet", "reference", { seed: 1 }],
};

for (const [name, args] of Object.entries(missing)) {
  Deno.test(`a model that there is not is refused with a list of those that there are: ${name}`, async () => {
    await assert.rejects(model(...args), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /expected mlp on mnist, seed 0 \(reference, .*; lenet on mnist/);
      assert.match(
        error.message,
        /convnet on cifar10, seed 0 \(reference, deep_defense\), got \w+/,
      );
      return true;
    });
  });
}
