import assert from "node:assert/strict";
import { namesOfPaths } from "../../../lib/commands/evaluate/named_models.ts";
import { curveEpsilons, type EvaluationSummary } from "../../../lib/commands/evaluate/record.ts";
import { csvOf } from "../../../lib/commands/evaluate/tables.ts";
import { textTable } from "../../../lib/commands/evaluate/text_table.ts";
import { usualEpsilons } from "../../../lib/commands/evaluate/usual_epsilons.ts";

const names: readonly (readonly [paths: string[], names: string[]])[] = [
  [["/a/b.onnx"], ["b.onnx"]],
  [["/a/b.onnx", "/a/c.onnx"], ["b.onnx", "c.onnx"]],
  [["/runs/1/model.safetensors", "/runs/2/model.safetensors"], ["1", "2"]],
  [["/runs/1/m.safetensors", "/other/m.safetensors"], ["runs/1", "other"]],
  [["/runs/1/m.onnx", "/other/hardened.onnx"], ["m.onnx", "hardened.onnx"]],
  [["/a/m.onnx", "/a/b/m.onnx"], ["m.onnx", "b/m.onnx"]],
  [["/a/m.onnx", "/a/m.onnx/m.onnx"], ["m.onnx", "m.onnx/m.onnx"]],
];

for (const [paths, expected] of names) {
  Deno.test(`models of ${paths.join(" and ")} are called ${expected.join(" and ")}`, () => {
    assert.deepEqual(namesOfPaths(paths), expected);
  });
}

Deno.test("usual strengths are MNIST's, CIFAR-10's and ImageNet's, by the kind of picture", () => {
  assert.deepEqual(usualEpsilons([1, 28, 28], Infinity), [25.5, 51, 76.5]);
  assert.deepEqual(usualEpsilons([3, 32, 32], Infinity), [2, 8]);
  assert.deepEqual(usualEpsilons([3, 224, 224], Infinity), [1, 4]);
  assert.deepEqual(usualEpsilons([3, 32, 32], 2), [63.75, 127.5]);
  assert.throws(() => usualEpsilons(undefined, 2), /expected --epsilons, since there are no usual/);
});

Deno.test("a curve is known at 0, at every strength and beyond the largest", () => {
  const curve = curveEpsilons([2, 8]);
  assert.deepEqual([curve[0], curve.at(-1)], [0, 12]);
  assert.ok(curve.includes(2) && curve.includes(8));
  assert.deepEqual(curve, curve.toSorted((a, b) => a - b));
});

/** A summary of two models. */
function summaryOf(epsilons: readonly number[]): EvaluationSummary {
  const model = (name: string) => ({
    name,
    network: 'net, of "mine"',
    sha256: "00",
    accuracy: 1,
    robust_accuracies: epsilons.map(() => 1),
    mean_robust_accuracy: 1,
    under_attack: [],
    rho: [{ attack: null, by_prediction: 0.000012345, by_label: null, unfooled: 3 }],
    median_norm: null,
    without_ratio: 0,
    classes: [],
    curve: [],
    warning_signs: [],
    duration_seconds: 1,
  });
  return {
    dataset: "MNIST",
    images: 10,
    norm: "2",
    units: "pixels 0-255",
    budget: "quick",
    attacks: [],
    epsilons,
    curve_epsilons: [],
    models: [
      model("a name that goes on and on, with a part at its end that tells it apart"),
      model("b"),
    ],
    left_out: 0,
    left_out_first: [],
  };
}

Deno.test("a table of many strengths becomes several, each of at most 80 columns", () => {
  const text = textTable(summaryOf([127.5, 255, 382.5, 1000.25, 5000.125]));
  const lines = text.split("\n");
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.equal(lines.filter((line) => line.startsWith("ε")).length, 2);
  assert.match(text, /…\S.*tells it apart +100\.00%/);
  assert.match(text, /0\.0000123 +–$/m);
});

Deno.test("CSV cells with commas and quotes are quoted, and what is not there is empty", () => {
  const [head, first] = csvOf(summaryOf([127.5])).split("\r\n");
  assert.match(head!, /^model,network,.*,robust_accuracy_127\.5\/255,rho_by_prediction,/);
  assert.match(first!, /^"a name .*apart","net, of ""mine""",00,10,1,1,0\.000012345,,,3,0,1$/);
});
