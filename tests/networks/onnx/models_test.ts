import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { deepfool } from "../../../lib/attacks/deepfool/deepfool.ts";
import { size } from "../../../lib/engine/nd_array.ts";
import { trainedNames } from "../../../lib/networks/network.ts";
import { readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import { writeOnnx } from "../../../lib/networks/onnx/write_onnx.ts";
import { createEngine } from "../../../lib/engine/engine.ts";
import { assertClose } from "../../closeness.ts";
import { regularizerStep } from "../../defenses/regularizer_step.ts";
import { byOnnxruntime, logitsAndGradient } from "./check_op.ts";
import { withTiny } from "./tiny_model.ts";

/** Models that others trained and wrote, too large for the repository; beside it, or where the variable says. */
const folder = Deno.env.get("DEEP_DEFENSE_MODELS") ??
  fileURLToPath(new URL("../../../../shared/models", import.meta.url));
const isThere = await Deno.stat(`${folder}/reference.json`).then(() => true, () => false);

/** What PyTorch gives for one input; see the folder's README.md. */
interface Reference {
  readonly logits?: readonly number[];
  readonly logits_first8?: readonly number[];
  readonly difference: readonly [number, number];
  readonly gradient_norm: number;
  readonly gradient_first4?: readonly number[];
  readonly gradient_first8?: readonly number[];
}

interface Case {
  /** An element of the input, given a number in [0, 1]. */
  readonly pixel: (unit: number, i: number) => number;
  readonly trained: number;
  readonly buffers: readonly string[];
}

const around = (unit: number) => unit * 2 - 1;
const cases: Record<string, Case> = {
  resnet20_cifar10: { pixel: (unit) => unit, trained: 40, buffers: ["mean", "std"] },
  squeezenet1_0: { pixel: (unit) => unit * 255 - 115, trained: 52, buffers: [] },
  shufflenet_v2_x0_5_random: { pixel: around, trained: 114, buffers: [] },
  mobilenet_v3_small_random: { pixel: around, trained: 108, buffers: [] },
  // This input lies on a kink: PyTorch's rounding has one switch on the other side, where 1e-7 leads to.
  squeezenet1_1_random: {
    pixel: (unit, i) => around(unit) + 1e-7 * Math.sin(i),
    trained: 52,
    buffers: [],
  },
  // Small numbers of its nodes: an epsilon per normalisation, a scale per attention, three in each GELU.
  vit_tiny_random: {
    pixel: around,
    trained: 32,
    buffers: [0, 1].flatMap((i) => {
      const layer = `/encoder/layers/encoder_layer_${i}`;
      return [
        `${layer}/ln_1/Constant_1_output_0`,
        `${layer}/self_attention/Constant_14_output_0`,
        `${layer}/ln_2/Constant_1_output_0`,
        `${layer}/mlp/mlp.1/Constant_output_0`,
        `${layer}/mlp/mlp.1/Constant_1_output_0`,
        `${layer}/mlp/mlp.1/Constant_2_output_0`,
      ];
    }).concat("/encoder/ln/Constant_1_output_0"),
  },
};

for (const [name, { pixel, trained, buffers }] of Object.entries(cases)) {
  Deno.test({
    name: `${name}: PyTorch's logits and gradient; written back, the same file`,
    ignore: !isThere,
    fn: async () => {
      const path = `${folder}/${name}.onnx`;
      const model = await readOnnx(path);
      const { network, original } = model;
      assert.equal(trainedNames(network).length, trained);
      assert.deepEqual(network.buffers, buffers);
      const all: Record<string, Reference> = JSON.parse(
        await Deno.readTextFile(`${folder}/reference.json`),
      );
      const reference = all[name]!;
      const x = Float32Array.from(
        { length: size(network.inputShape) },
        (_, i) => pixel(i * 7919 % 257 / 256, i),
      );
      const seed = new Float32Array(network.classes);
      reference.difference.forEach((logit, i) => seed[logit] = i === 0 ? 1 : -1);
      const { logits, gradient } = await logitsAndGradient(model, x, seed);
      const expected = reference.logits ?? reference.logits_first8!;
      assertClose(logits.slice(0, expected.length), expected, { relative: 1e-4 });
      assertClose(await byOnnxruntime(original.bytes, x, network.inputShape), logits, {
        relative: 1e-4,
      });
      const first = reference.gradient_first4 ?? reference.gradient_first8!;
      const length = Math.sqrt(gradient.reduce((sum, value) => sum + value ** 2, 0));
      assertClose([length], [reference.gradient_norm], { relative: 1e-4 });
      assertClose(gradient.slice(0, first.length), first, { relative: 1e-4 });
      assert.deepEqual(writeOnnx(original, model.weights), new Uint8Array(original.bytes));
    },
  });
}

Deno.test({
  name: "resnet20_cifar10: other weights, written and read again, give the same logits",
  ignore: !isThere,
  fn: async () => {
    const model = await readOnnx(`${folder}/resnet20_cifar10.onnx`);
    const weights = Object.fromEntries(
      Object.entries(model.weights).map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value) => 0.99 * value) },
      ]),
    );
    const copy = await withTiny(writeOnnx(model.original, weights), (path) => readOnnx(path));
    assert.deepEqual(copy.weights, weights);
    const x = new Float32Array(2 * 3072).map((_, i) => i % 11 / 10);
    const [seed, first] = [new Float32Array(10), x.slice(0, 3072)];
    const { logits } = await logitsAndGradient(copy, first, seed);
    const written = await byOnnxruntime(copy.original.bytes, x, [3, 32, 32]);
    assertClose(written.slice(0, 10), logits);
  },
});

Deno.test({
  name:
    "vit_tiny_random: DeepFool fools it; a Deep Defense step's gradient is that of taping everything",
  ignore: !isThere,
  fn: async () => {
    const { network, weights } = await readOnnx(`${folder}/vit_tiny_random.onnx`);
    await using engine = await createEngine({ workers: 1 });
    const images = Float32Array.from({ length: 6 * 3072 }, (_, i) => around(i * 7919 % 257 / 256));
    const { fooled, ratios } = await deepfool(engine, { network, weights }, images);
    assert.ok(fooled.every((one) => one), `${fooled}`);
    assert.ok(ratios.every((ratio) => ratio > 0 && ratio < 1), `${ratios}`);
    const { error } = await regularizerStep(engine, { network, weights }, images);
    assert.ok(error < 1e-4, `relative error ${error}`);
  },
});
