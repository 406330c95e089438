import assert from "node:assert/strict";
import { networkFor } from "../../lib/networks/by_name.ts";
import { multiplyAdds } from "./multiply_adds.ts";

/** By hand for the small ones; the last two are those that are published for torchvision's and Caffe's models. */
const cases: readonly [name: string, inputShape: number[], classes: number, count: number][] = [
  ["mlp", [1, 28, 28], 10, 784 * 500 + 500 * 150 + 150 * 10],
  ["lenet", [1, 28, 28], 10, 20 * 25 * 24 ** 2 + 50 * 20 * 25 * 8 ** 2 + 800 * 500 + 500 * 10],
  ["convnet", [3, 32, 32], 10, 12_354_176],
  [
    "nin",
    [3, 32, 32],
    10,
    (192 * 75 + 160 * 192 + 96 * 160) * 32 ** 2 + (192 * 96 * 25 + 2 * 192 ** 2) * 16 ** 2 +
    (192 * 192 * 9 + 192 ** 2 + 10 * 192) * 8 ** 2,
  ],
  ["alexnet", [3, 227, 227], 1000, 724_406_816],
  ["resnet18", [3, 224, 224], 1000, 1_814_073_344],
];

for (const [name, inputShape, classes, count] of cases) {
  Deno.test(`a forward pass of ${name} takes ${count} multiply-adds a sample`, () => {
    assert.equal(multiplyAdds(networkFor(name, { inputShape, classes })), count);
  });
}
