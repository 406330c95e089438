import assert from "node:assert/strict";
import * as dd from "../../lib/mod.ts";
import { withSummary } from "../../lib/summaries/summary.ts";

/** What a Jupyter kernel shows of a value, by media type. */
function shown(value: object): Record<string, string> {
  const display = Symbol.for("Jupyter.display");
  assert.ok(display in value, "expected a summary");
  return (value as Record<symbol, () => Record<string, string>>)[display]!();
}

const network = dd.defineNetwork({ name: "linear", inputShape: [4], layers: dd.dense(3) });
const table = `2 tensors, 15 numbers
tensor  shape   numbers
weight  [3, 4]  12
bias    [3]     3`;

Deno.test("weights show their names, shapes and numbers, whoever made them", async () => {
  const weights = network.init("any");
  assert.equal(shown(weights)["text/plain"], table);
  assert.match(shown(weights)["text/html"]!, /<th[^>]*>tensor<.*<td[^>]*>\[3, 4\]</);

  const file = await Deno.makeTempFile({ suffix: ".safetensors" });
  await Deno.writeFile(file, dd.encodeSafetensors(weights));
  assert.equal(shown(await dd.readWeights(file, network))["text/plain"], table);
  assert.equal(shown((await dd.readSafetensors(file)).weights)["text/plain"], table);
  await Deno.remove(file);

  await using engine = await dd.createEngine({ workers: 1 });
  const images = new Float32Array(4 * 4).fill(1);
  const split = { images, labels: Uint16Array.of(0, 1, 2, 0), count: 4 };
  const trained = await dd.train(engine, network, split, {
    start: weights,
    epochs: 1,
    learningRates: [0.1],
  });
  assert.equal(shown(trained)["text/plain"], table);
  const own = dd.inPixels({ network, weights }, dd.unitScale).weights;
  assert.match(shown(own)["text/plain"]!, /^3 tensors/);
  assert.equal(shown(dd.withoutScale(own, network))["text/plain"], table);
});

Deno.test("a dataset shows its inputs, its classes and its splits; so does one that was cut", async () => {
  const mnist = await dd.loadDataset("mnist", { pixels: true });
  assert.equal(
    shown(mnist)["text/plain"],
    `MNIST: inputs [1, 28, 28], 10 classes
split  inputs  range
train  60,000  0 to 255, of the first 1,000
test   10,000  0 to 255, of the first 1,000`,
  );
  const few = dd.firstImages(mnist, { train: 30, test: 20 });
  assert.match(shown(few)["text/plain"]!, /train +30 +0 to 255\ntest +20/);
  assert.match(shown(dd.holdOut(few).dataset)["text/plain"]!, /train +30 .*\ntest +10/);
});

Deno.test("what has a summary stays plain data", () => {
  const weights = network.init("any");
  const plain = Object.fromEntries(Object.entries(weights));
  assert.deepEqual(weights, plain);
  assert.deepEqual(structuredClone(weights), plain);
  assert.deepEqual(Object.keys({ ...weights }), ["weight", "bias"]);
  assert.equal(Deno.inspect(weights), Deno.inspect(plain));
});

Deno.test("a long summary shows its first rows, and no text becomes markup", () => {
  const rows = Array.from({ length: 43 }, (_, i) => ({ "a & b": `<b>${i}` }));
  const bundle = shown(withSummary({}, () => ({ caption: "many", rows })));
  assert.match(bundle["text/plain"]!, /<b>39\nand 3 more$/);
  assert.match(bundle["text/html"]!, /a &amp; b.*&lt;b>39<.*and 3 more$/);
  assert.match(
    shown(withSummary({}, () => ({ caption: "none", rows: [] })))["text/plain"]!,
    /none/,
  );
});
