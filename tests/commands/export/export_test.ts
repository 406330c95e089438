import assert from "node:assert/strict";
import { predict } from "../../../lib/compute/predict.ts";
import { loadDataset } from "../../../lib/data/load.ts";
import { createEngine } from "../../../lib/engine/engine.ts";
import { loadOnnxruntime } from "../../../lib/engine/onnxruntime.ts";
import { networkNames } from "../../../lib/networks/by_name.ts";
import { imageScaleOf } from "../../../lib/networks/image_scale.ts";
import { readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import { encodeSafetensors, readSafetensors } from "../../../lib/networks/safetensors.ts";
import { writeTree } from "../../data/images/image_fixture.ts";
import { mistake, run, runAlone, side } from "../command.ts";
import {
  type Mistake,
  model,
  network,
  refuseAll,
  weights,
  withModel,
  withOnnx,
} from "../small_model.ts";

const ort = await loadOnnxruntime();

const mistakes: readonly Mistake[] = [
  [
    "no file to write",
    (dir) => ["export", ...model(dir), "--to", "onnx"],
    2,
    /expected one FILE to write, got none$/,
  ],
  [
    "an unknown format",
    (dir) => ["export", ...model(dir), "--to", "pickle", `${dir}/x`],
    2,
    /--to: expected one of onnx, safetensors, got pickle/,
  ],
  [
    "a folder to write to",
    (dir) => ["export", ...model(dir), "--to", "onnx", `${dir}/rows`],
    1,
    /writing .*rows: expected enough space and the permission/,
  ],
  [
    "weights that are not there",
    (
      dir,
    ) => [
      "export",
      "--weights",
      `${dir}/none`,
      "--network",
      "mlp",
      "--dataset",
      `idx:${dir}/rows`,
      "--to",
      "onnx",
      `${dir}/x`,
    ],
    1,
    /none: expected a readable file/,
  ],
  ...["batch", "dataset", "image-size"].map((flag): Mistake => [
    `--${flag} beside an ONNX file`,
    (dir) => ["export", "--model", `${dir}/a.onnx`, `--${flag}`, "8", "--to", "onnx", `${dir}/x`],
    2,
    new RegExp(`--${flag}: expected none, since a\\.onnx holds its network, got 8$`),
  ]),
  [
    "--batch beside an ONNX file as --weights",
    (dir) => ["export", "--weights", `${dir}/a.onnx`, "--batch", "8", "--to", "onnx", `${dir}/x`],
    2,
    /--batch: expected none, since a\.onnx holds its network, got 8$/,
  ],
  [
    "a batch in safetensors",
    (dir) => ["export", ...model(dir), "--to", "safetensors", "--batch", "8", `${dir}/x`],
    2,
    /--batch: expected --to onnx with it, got --to safetensors$/,
  ],
  [
    "an ONNX file that is not there",
    (dir) => ["export", "--model", `${dir}/none.onnx`, "--to", "onnx", `${dir}/x`],
    1,
    /none\.onnx: expected a readable file: there is none$/,
  ],
];

Deno.test("--help of export names every flag", async () => {
  const flags = "model weights network to dataset batch help";
  const { code, out } = await run(["export", "--help"]);
  assert.equal(code, 0);
  for (const flag of flags.split(" ")) assert.match(out, new RegExp(`^  --${flag}\\b`, "m"));
});

Deno.test("mistakes of export are one line and an exit code, and leave nothing", async (t) => {
  await withModel(async (dir) => {
    await refuseAll(t, dir, mistakes);
    await Deno.writeFile(`${dir}/model.safetensors`, encodeSafetensors(weights, {}).slice(0, 900));
    await t.step("truncated weights", async () => {
      const end = await run(["export", ...model(dir), "--to", "onnx", `${dir}/x`]);
      assert.equal(end.code, 1);
      assert.match(mistake(end), /model\.safetensors: expected/);
    });
  });
});

for (const batch of [[], ["--batch", "3"]]) {
  Deno.test(`an exported ONNX model, reloaded, says what the library says: ${batch.join(" ") || "a free batch"}`, async () => {
    await withModel(async (dir) => {
      const end = await run(["export", ...model(dir), "--to", "onnx", ...batch, `${dir}/m.onnx`]);
      assert.equal(end.code, 0, end.errors);
      const x = (await loadDataset(`idx:${dir}/rows`)).test.images.slice(0, 3 * side * side);
      await using engine = await createEngine({ workers: 1 });
      const { logits: expected } = await predict(engine, { network, weights }, x);
      const session = await ort.InferenceSession.create(await Deno.readFile(`${dir}/m.onnx`));
      assert.deepEqual(session.inputNames, ["x"]);
      const { logits } = await session.run({ x: new ort.Tensor("float32", x, [3, 1, side, side]) });
      const scale = Math.max(...expected.map(Math.abs));
      (logits!.data as Float32Array).forEach((value, i) =>
        assert.ok(Math.abs(value - expected[i]!) <= 1e-5 * scale)
      );
    });
  });
}

Deno.test("exported safetensors hold the same tensors and metadata", async () => {
  await withModel(async (dir) => {
    const end = await run(["export", ...model(dir), "--to", "safetensors", `${dir}/again`]);
    assert.equal(end.code, 0, end.errors);
    const [before, after] = [`${dir}/model.safetensors`, `${dir}/again`].map((path) =>
      Deno.readFileSync(path)
    );
    assert.deepEqual(after, before);
  });
});

Deno.test("export writes weights back into an ONNX file, and its weights alone", async () => {
  await withOnnx(async (dir) => {
    const file = `${dir}/m.onnx`;
    const weightsEnd = await run(["export", "--model", file, "--to", "safetensors", `${dir}/w`]);
    assert.equal(weightsEnd.code, 0, weightsEnd.errors);
    const { weights } = await readSafetensors(`${dir}/w`);
    const moved = Object.fromEntries(
      Object.entries(weights).map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((value) => value + 1) },
      ]),
    );
    await Deno.writeFile(`${dir}/moved`, encodeSafetensors(moved));
    const args = ["--model", file, "--weights", `${dir}/moved`, "--to", "onnx", `${dir}/new.onnx`];
    const end = await runAlone(["export", ...args]);
    assert.equal(end.code, 0, end.errors);
    assert.deepEqual((await readOnnx(`${dir}/new.onnx`)).weights, moved);
  });
});

Deno.test("export --help says by which --scale photos become a network's inputs", async () => {
  const { out } = await run(["export", "--help"]);
  const [, torchvisions = ""] = /dataset does that, and for (.*?) --scale torchvision\)/
    .exec(out.replaceAll(/\s+/g, " ")) ?? [];
  await withModel(async (dir) => {
    await writeTree(dir, { "val/n01/a.png": "", "val/n02/a.png": "" });
    const scaleFor = async (network: string) => {
      const { scale } = await loadDataset(`imagenet:${dir}`, { scale: imageScaleOf(network) });
      return (await scale!()).name;
    };
    const own = await scaleFor(""); // as for an ONNX file
    for (const name of networkNames) {
      const said = torchvisions.split(" and ").includes(name) ? "torchvision" : own;
      assert.equal(await scaleFor(name), said, name);
    }
  });
});
