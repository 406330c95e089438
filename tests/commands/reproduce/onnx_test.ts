import assert from "node:assert/strict";
import { readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import { readSafetensors } from "../../../lib/networks/safetensors.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { encodeTiny } from "../../networks/onnx/tiny_model.ts";
import { makeDataset, mistake, run, side } from "../command.ts";

/** A network that the project does not know, whose weights depend on a number. */
async function writeNetwork(path: string, seed = 0): Promise<void> {
  const [inputs, classes] = [side * side, 4];
  // The class is where the bright row is.
  const weight = Array.from(
    { length: inputs * classes },
    (_, i) =>
      (Math.floor(Math.floor(i / classes) / side) === i % classes ? 1 : -0.1) + 0.1 * Math.sin(i),
  );
  const model = encodeTiny({
    inputShape: [1, side, side],
    nodes: [
      { op: "Flatten", inputs: ["x"] },
      { op: "Gemm", inputs: ["v0", "fc.weight", "fc.bias"] },
    ],
    tensors: {
      "fc.weight": { shape: [inputs, classes], values: weight },
      "fc.bias": { shape: [classes], values: Array.from({ length: classes }, (_, i) => seed * i) },
    },
  });
  await Deno.writeFile(path, model);
}

const reproduce = (dir: string, ...more: string[]) =>
  run([
    "reproduce",
    ...["--profile", "smoke", "--only", "table1", "--method", "reference,deep_defense"],
    ...["--dataset", `idx:${dir}/rows`, "--workers", "1", "--out", `${dir}/out`],
    ...["--model", `${dir}/net.onnx`, ...more],
  ]);

async function idsOf(dir: string, ...more: string[]): Promise<string[]> {
  const { code, out, errors } = await reproduce(dir, "--list", "--json", ...more);
  assert.equal(code, 0, errors);
  return out.trim().split("\n").map((line) => JSON.parse(line).id);
}

Deno.test("reproduce takes an ONNX file: it is the reference as it is, and what is trained goes back into it", () =>
  withFolder(async (dir) => {
    await makeDataset(dir);
    await writeNetwork(`${dir}/net.onnx`);
    const { code, out, errors } = await reproduce(dir, "--json");
    assert.equal(code, 0, errors);
    assert.match(errors, /net\.onnx is a network that the project does not know: it takes pixels/);
    const rows = out.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(rows.map(({ network, method }) => [network, method]), [
      ["net.onnx", "reference"],
      ["net.onnx", "deep_defense"],
    ]);
    const [reference, defended] = rows;
    assert.equal(reference.accuracy, 1);
    assert.ok(defended.rho2 > reference.rho2, `${defended.rho2} > ${reference.rho2}`);
    assert.equal(reference.paper_accuracy, null);
    const report = await Deno.readTextFile(`${dir}/out/report.html`);
    assert.match(report, /net\.onnx, from an ONNX file; pixels 0-255 through the scale unit/);

    const { weights: own } = await readOnnx(`${dir}/net.onnx`);
    const trained = `${dir}/out/runs/${defended.run_id}/model.safetensors`;
    const { weights } = await readSafetensors(
      `${dir}/out/runs/${reference.run_id}/model.safetensors`,
    );
    assert.deepEqual(weights["fc.weight"], own["fc.weight"]);
    const to = ["--weights", trained, "--to", "onnx", `${dir}/defended.onnx`];
    const end = await run(["export", "--model", `${dir}/net.onnx`, ...to]);
    assert.equal(end.code, 0, end.errors);
    const defendedFile = await readOnnx(`${dir}/defended.onnx`);
    const { weights: expected } = await readSafetensors(trained);
    assert.deepEqual(defendedFile.weights["fc.weight"], expected["fc.weight"]);
  }));

Deno.test("jobs of an ONNX file are others where its content or its scale is another one", () =>
  withFolder(async (dir) => {
    await makeDataset(dir);
    await writeNetwork(`${dir}/net.onnx`);
    const ids = await idsOf(dir);
    assert.deepEqual(await idsOf(dir, "--scale", "unit"), ids);
    const scaled = await idsOf(dir, "--scale", "none");
    await writeNetwork(`${dir}/net.onnx`, 1);
    const changed = await idsOf(dir);
    assert.equal(new Set([...ids, ...scaled, ...changed]).size, 3 * ids.length);
  }));

Deno.test("an ONNX file without parameters is refused, and one that is near chance is told of", () =>
  withFolder(async (dir) => {
    await makeDataset(dir);
    const nodes = [
      { op: "ReduceMean", inputs: ["x"], attributes: { axes: [1, 3], keepdims: 0 } },
      { op: "Slice", inputs: ["v0", "start", "end", "axes"] },
    ];
    const ints = (integer: number) => ({ integers: [integer] });
    const tensors = { start: ints(0), end: ints(4), axes: ints(1) };
    const frozen = encodeTiny({ inputShape: [1, side, side], nodes, tensors });
    await Deno.writeFile(`${dir}/net.onnx`, frozen);
    const end = await reproduce(dir);
    assert.equal(end.code, 1);
    assert.match(mistake(end), /net\.onnx: expected a model with parameters to train, got none$/);
    await writeNetwork(`${dir}/net.onnx`, 1e4);
    const { errors } = await reproduce(dir);
    assert.match(errors, /^note: the accuracy is below twice chance; .* by --scale: unit 25\.0%/m);
  }));

Deno.test("an ONNX file of other classes than the dataset's is refused in one line", () =>
  withFolder(async (dir) => {
    await makeDataset(dir);
    const nodes = [{ op: "Flatten", inputs: ["x"] }, { op: "Relu", inputs: ["v0"] }];
    await Deno.writeFile(
      `${dir}/net.onnx`,
      encodeTiny({ inputShape: [1, side, side], nodes }),
    );
    const end = await reproduce(dir);
    assert.equal(end.code, 1);
    assert.match(mistake(end), /net\.onnx: expected logits of the dataset's 4 classes, got 36$/);
  }));
