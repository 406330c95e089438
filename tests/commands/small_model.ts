import assert from "node:assert/strict";
import { mlp } from "../../lib/networks/mlp.ts";
import { encodeSafetensors } from "../../lib/networks/safetensors.ts";
import { withFolder } from "../data/idx/fixture.ts";
import { encodeTiny } from "../networks/onnx/tiny_model.ts";
import { makeDataset, mistake, run, side } from "./command.ts";

/** The network of the model. */
export const network = mlp([1, side, side], 4);
/** The weights of the model. */
export const weights = network.init("commands");

/** A folder with a dataset, `rows`, and a model, `model.safetensors`. */
export async function withModel(test: (dir: string) => Promise<void>): Promise<void> {
  await withFolder(async (dir) => {
    await makeDataset(dir);
    await Deno.writeFile(`${dir}/model.safetensors`, encodeSafetensors(weights, { made: "here" }));
    await test(dir);
  });
}

/** The flags that name the model and the dataset. */
export const model = (dir: string) => [
  "--weights",
  `${dir}/model.safetensors`,
  "--network",
  "mlp",
  "--dataset",
  `idx:${dir}/rows`,
];

/** An ONNX file of the model, as a folder's `m.onnx`. */
export async function withOnnx(test: (dir: string) => Promise<void>): Promise<void> {
  await withModel(async (dir) => {
    const { input, nodes } = {
      input: [1, side, side],
      nodes: [
        { op: "Flatten", inputs: ["x"] },
        { op: "Gemm", inputs: ["v0", "fc.weight", "fc.bias"] },
        { op: "Softmax", inputs: ["v1"] },
      ],
    };
    const tensors = { "fc.weight": { shape: [side * side, 4] }, "fc.bias": { shape: [4] } };
    await Deno.writeFile(
      `${dir}/m.onnx`,
      encodeTiny({ inputShape: input, nodes, tensors, batch: 1 }),
    );
    await test(dir);
  });
}

/** A mistake of usage, the arguments in a folder with the model, and how the command ends. */
export type Mistake = readonly [
  what: string,
  args: (dir: string) => readonly string[],
  code: number,
  message: RegExp,
];

/** Runs commands in a folder: each ends with an exit code and one line, and leaves nothing. */
export async function refuseAll(
  t: Deno.TestContext,
  dir: string,
  mistakes: readonly Mistake[],
): Promise<void> {
  const namesIn = async () =>
    (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name).filter((n) => n !== "new");
  const before = await namesIn();
  for (const [what, args, code, message] of mistakes) {
    await t.step(what, async () => {
      const end = await run(args(dir));
      assert.equal(end.code, code, end.errors);
      assert.match(mistake(end), message);
      assert.deepEqual((await namesIn()).sort(), before.sort());
    });
  }
}
