import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { createEngine } from "../../../lib/engine/engine.ts";
import { trainedNames } from "../../../lib/networks/network.ts";
import { readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import { writeOnnx } from "../../../lib/networks/onnx/write_onnx.ts";
import { assertClose } from "../../closeness.ts";
import { regularizerStep } from "../../defenses/regularizer_step.ts";
import { byOnnxruntime, logitsAndGradient, logitsOf } from "./check_op.ts";

/** What PyTorch gives for the two images of make.py. */
interface Reference {
  readonly trained: number;
  readonly logits: readonly number[];
  /** Of the first logit minus the second. */
  readonly gradient: readonly number[];
  /** Eq. 6, and the length of its gradient and its product with the trained weights, in float64 with everything on the tape. */
  readonly regularizer: number;
  readonly gradient_norm: number;
  readonly gradient_times_weights: number;
}

const folder = new URL("./pytorch/", import.meta.url);
const references: Record<string, Reference> = JSON.parse(
  await Deno.readTextFile(new URL("reference.json", folder)),
);
const images = Float32Array.from({ length: 2 * 64 }, (_, i) => i * 7919 % 257 / 256 * 2 - 1);

for (const [name, reference] of Object.entries(references)) {
  const read = () => readOnnx(fileURLToPath(new URL(`${name}.onnx`, folder)));

  Deno.test(`${name}, written by PyTorch: its logits and gradient; written back, the same file`, async () => {
    const model = await read();
    assert.equal(trainedNames(model.network).length, reference.trained);
    const seeds = Float32Array.of(1, -1, 0, 0, 1, -1, 0, 0);
    const { logits, gradient } = await logitsAndGradient(model, images, seeds);
    assertClose(logits, reference.logits, { relative: 2e-6 });
    assertClose(gradient, reference.gradient, { relative: 2e-6 });
    const written = writeOnnx(model.original, model.weights);
    assert.deepEqual(written, new Uint8Array(model.original.bytes));
  });

  Deno.test(`${name}: other weights, written back, give onnxruntime the same logits`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const { network, weights, original } = await read();
    const others = Object.fromEntries(
      Object.entries(weights).map(([name, { shape, data }]) => {
        const isTrained = !network.buffers.includes(name);
        return [name, { shape, data: isTrained ? data.map((value) => 0.9 * value) : data }];
      }),
    );
    const image = images.slice(0, 64);
    const expected = await logitsOf(engine, { network, weights: others }, image);
    const written = await byOnnxruntime(writeOnnx(original, others), image, [1, 8, 8]);
    assertClose(written, expected, { relative: 2e-6 });
  });

  Deno.test(`${name}: a Deep Defense step's gradient is PyTorch's in float64, and that of taping everything`, async () => {
    await using engine = await createEngine({ workers: 1 });
    const { network, weights } = await read();
    const step = await regularizerStep(engine, { network, weights }, images);
    const entries = Object.entries(step.gradients);
    const squares = entries.map(([, slopes]) =>
      Array.from(slopes).reduce((sum, slope) => sum + slope ** 2, 0)
    );
    const products = entries.map(([name, slopes]) =>
      Array.from(slopes).reduce((sum, slope, i) => sum + slope * weights[name]!.data[i]!, 0)
    );
    const total = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0);
    assertClose([step.regularizer], [reference.regularizer], { relative: 1e-5 });
    assertClose([Math.sqrt(total(squares))], [reference.gradient_norm], { relative: 1e-5 });
    assertClose([total(products)], [reference.gradient_times_weights], {
      relative: 1e-5,
      absolute: 1e-5 * reference.gradient_norm,
    });
    assert.ok(step.error < 1e-5, `relative error ${step.error}`);
  });
}
