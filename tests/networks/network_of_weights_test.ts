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

Deno.test("a prefix, counters and a map of names do not hide a network; a layer more does", () => {
  const names = Object.keys(mlp([1, 4, 4], 2).parameters);
  const of = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 0]));
  const wrapped = names.map((name) => `module.${name.replace("fc3", "head")}`);
  const file = of([...wrapped, "module.bn.num_batches_tracked"]);
  assert.equal(networkOfWeights(file, "w", { "module.head": "module.fc3" }), "mlp");
  assert.throws(() => networkOfWeights(file, "w"), isUserError(/one of the networks mlp, /));
  const more = of([...names, "fc4.weight"]);
  assert.throws(() => networkOfWeights(more, "w"), isUserError(/one of the networks mlp, /));
});

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
