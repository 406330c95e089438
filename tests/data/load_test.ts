import assert from "node:assert/strict";
import { loadDataset } from "../../lib/data/load.ts";
import { UserError } from "../../lib/engine/user_error.ts";

for (
  const spec of [
    "",
    "MNIST",
    "mnist:x",
    "idx",
    "idx:",
    "cifar",
    "cifar10:",
    "imagenet",
    "imagenet:",
    "/a",
  ]
) {
  Deno.test(`loadDataset: refuses "${spec}" and names what is known`, async () => {
    await assert.rejects(loadDataset(spec), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.exitCode, 2);
      assert.equal(
        error.message,
        `loading a dataset: expected one of mnist, cifar10, cifar10:DIR, idx:DIR, imagenet:DIR, tensors:FILE, got "${spec}"`,
      );
      return true;
    });
  });
}
