import assert from "node:assert/strict";
import { networkFor, networkNames } from "../../lib/networks/by_name.ts";
import { networkOfWeights } from "../../lib/networks/network_of_weights.ts";
import { mlp } from "../../lib/networks/mlp.ts";
import { isUserError } from "../data/user_error.ts";

const inputs: Record<string, readonly number[]> = { alexnet: [3, 227, 227] };

for (const name of networkNames) {
  Deno.test(`the parameters of ${name} name it, whatever its classes`, () => {
    const inputShape = inputs[name] ?? (/alexnet|resnet/.test(name) ? [3, 224, 224] : [3, 32, 32]);
    const { parameters } = networkFor(name, { inputShape, classes: 3 });
    const weights = Object.fromEntries(
      Object.entries(parameters).map(([key, shape]) => [key, { shape, data: new Float32Array() }]),
    );
    assert.equal(networkOfWeights(weights, "a.safetensors"), name);
  });
}

Deno.test("parameters of no network are refused in one line that names them", () => {
  const { "fc1.weight": _, ...weights } = mlp([1, 4, 4], 2).init(0);
  assert.throws(
    () => networkOfWeights(weights, "a.safetensors"),
    isUserError(/a\.safetensors.*one of the networks mlp, .*got fc1\.bias/),
  );
});

Deno.test("a name that fills a file's header is shortened in the message", () => {
  const weights = { ["a".repeat(200_000)]: { shape: [0], data: new Float32Array() } };
  assert.throws(
    () => networkOfWeights(weights, "a.safetensors"),
    isUserError(/got a{80}\.\.\. \(200000 characters\)$/),
  );
});
