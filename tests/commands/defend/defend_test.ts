import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadDataset } from "../../../lib/data/load.ts";
import { random } from "../../../lib/engine/random.ts";
import { unitScale } from "../../../lib/data/scale.ts";
import { holdOut } from "../../../lib/defend/hold_out.ts";
import type { DefendCommand } from "../../../lib/commands/defend/options.ts";
import type { Problem } from "../../../lib/commands/defend/problem.ts";
import { defendColumns, writeHardened } from "../../../lib/commands/defend/results.ts";
import { createEngine } from "../../../lib/engine/engine.ts";
import { loadOnnxruntime } from "../../../lib/engine/onnxruntime.ts";
import { decodeTable } from "../../../lib/files/arrow.ts";
import { takeLock } from "../../../lib/files/lock.ts";
import { predict } from "../../../lib/compute/predict.ts";
import { inPixels } from "../../../lib/networks/in_pixels.ts";
import { mlp } from "../../../lib/networks/mlp.ts";
import { readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import { encodeSafetensors, readWeights } from "../../../lib/networks/safetensors.ts";
import { train as trainNetwork } from "../../../lib/training/train.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { png, writeTree } from "../../data/images/image_fixture.ts";
import { smallTensors, tensorBytes } from "../../data/tensors/fixture.ts";
import { encodeTiny } from "../../networks/onnx/tiny_model.ts";
import { commandOf, endOf, makeDataset, mistake, run, runAlone } from "../command.ts";

const ort = await loadOnnxruntime();

const folder = fileURLToPath(new URL("../../examples/from_pytorch", import.meta.url));
const model = `${folder}/net.onnx`;
const data = `tensors:${folder}/images.safetensors`;

/** Arguments of a short training of the example's network, with a learning rate. */
const rated = (out: string, rate: string) => [
  "defend",
  "--model",
  model,
  "--dataset",
  data,
  "--out",
  out,
  "--workers",
  "1",
  "--batch",
  "20",
  "--learning-rate",
  rate,
];
const short = (out: string, ...more: string[]) => [...rated(out, "3e-4"), ...more];

/** The files that must not depend on how often a run was stopped. */
async function filesIn(out: string) {
  const names = ["hardened.onnx", "hardened.safetensors", "defend.arrow"];
  const files = await Promise.all(names.map((name) => Deno.readFile(`${out}/${name}`)));
  const { summary } = JSON.parse(await Deno.readTextFile(`${out}/defend.json`));
  const { duration_seconds: _, ...figures } = summary;
  return { files, figures };
}

/** Starts a command and stops it so many milliseconds after it has written its state. */
async function stopped(args: string[], out: string, signal: Deno.Signal, after: number) {
  const written = () =>
    Deno.stat(`${out}/state.safetensors`).then(({ mtime }) => mtime?.getTime(), () => undefined);
  const before = await written();
  const child = new Deno.Command(Deno.execPath(), {
    args: commandOf(args),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const end = child.output().then(endOf);
  let isOver = false;
  end.then(() => isOver = true);
  while (!isOver && [before, undefined].includes(await written())) await delay(2);
  await delay(after);
  if (!isOver) child.kill(signal);
  return await end;
}

Deno.test("a run that was killed twice and interrupted once comes to the same bits as one that was not", async () => {
  await withFolder(async (dir) => {
    const args = (name: string) => short(`${dir}/${name}`, "--epochs", "6");
    const whole = await run(args("whole"));
    assert.equal(whole.code, 0, whole.errors);
    const out = `${dir}/stopped`;
    await stopped(args("stopped"), out, "SIGKILL", 0);
    const other = await run([...args("stopped"), "--seed", "1"]);
    assert.equal(other.code, 1);
    assert.match(mistake(other), /the state of this command, got one of other settings, model or/);
    await stopped(args("stopped"), out, "SIGKILL", 20);
    const { code, errors } = await stopped(args("stopped"), out, "SIGINT", 10);
    if (code !== 0) {
      assert.equal(code, 130);
      assert.match(errors, /^interrupted .*\n$/m);
    }
    const rest = await runAlone(args("stopped"));
    assert.equal(rest.code, 0, rest.errors);
    assert.deepEqual(await filesIn(out), await filesIn(`${dir}/whole`));
    assert.deepEqual((await Array.fromAsync(Deno.readDir(out))).map(({ name }) => name).sort(), [
      "defend.arrow",
      "defend.html",
      "defend.json",
      "hardened.onnx",
      "hardened.safetensors",
      "lock",
    ]);
  });
});

Deno.test("the hardened ONNX file has the same logits in onnxruntime, and the accuracy that was told", async () => {
  await withFolder(async (dir) => {
    const end = await run(short(dir, "--epochs", "10", "--json"));
    assert.equal(end.code, 0, end.errors);
    const { kept, before, after } = JSON.parse(end.out);
    const { dataset: { test } } = holdOut(await loadDataset(data, { pixels: true }));
    const images = (test as { images: Float32Array }).images;
    const session = await ort.InferenceSession.create(`${dir}/hardened.onnx`);
    const x = new ort.Tensor("float32", images.map((pixel) => pixel / 255), [test.count, 1, 8, 8]);
    const logits = Object.values(await session.run({ x }))[0]!.data as Float32Array;
    await session.release();
    const classes = test.labels.map((_, i) => {
      const row = [...logits.subarray(3 * i, 3 * i + 3)];
      return row.indexOf(Math.max(...row));
    });
    const right = classes.filter((label, i) => label === test.labels[i]).length;
    assert.equal(after.accuracy, right / test.count);
    await using engine = await createEngine({ workers: 1 });
    const { network } = await readOnnx(model);
    const weights = await readWeights(`${dir}/hardened.safetensors`, network);
    const ours = await predict(engine, inPixels({ network, weights }, unitScale), images);
    assert.ok(ours.logits.every((logit, i) => Math.abs(logit - logits[i]!) < 1e-4));
    const rows = decodeTable(await Deno.readFile(`${dir}/defend.arrow`), defendColumns, "rows");
    assert.deepEqual(rows.map(({ epoch }) => epoch), [...Array(11).keys()]);
    assert.deepEqual(rows.filter((row) => row.kept).map(({ epoch }) => epoch), [kept]);
    assert.ok(after.rho2 > before.rho2 && after.rho2_fmn > before.rho2_fmn, end.out);
    const page = await Deno.readTextFile(`${dir}/defend.html`);
    for (const words of ["Before and after", "What fools the hardened model", "deno task defend"]) {
      assert.ok(page.includes(words), words);
    }
  });
});

Deno.test("safetensors of a network and another method; half of the test images are left to measure on", async () => {
  await withFolder(async (dir) => {
    const rows = await makeDataset(dir);
    const network = mlp([1, 6, 6], 4);
    const { train } = await loadDataset(`idx:${rows}`);
    const start = network.init("defend");
    await using engine = await createEngine({ workers: 1 });
    const weights = await trainNetwork(engine, network, train, {
      start,
      epochs: 4,
      learningRates: [1e-3, 1e-3, 1e-3, 1e-4],
    });
    await Deno.writeFile(`${dir}/mlp.safetensors`, encodeSafetensors(weights, {}));
    const end = await run([
      ...["defend", "--weights", `${dir}/mlp.safetensors`, "--network", "mlp"],
      ...["--dataset", `idx:${rows}`, "--method", "adv_train_2"],
      ...["--epochs", "2", "--batch", "30", "--out", `${dir}/out`, "--workers", "1"],
    ]);
    assert.equal(end.code, 0, end.errors);
    assert.match(end.errors, /fgs-epsilon \d+\.?\d*: the mean size of DeepFool's perturbation/);
    assert.match(end.errors, /learning rate [\d.e-]+: the largest that a trial finds harmless/);
    assert.match(end.out, /^MLP, hardened with Adv\. Train II on idx:rows/);
    assert.match(end.out, /on 30 test images/);
    await readWeights(`${dir}/out/hardened.safetensors`, network);
    assert.ok(!(await Deno.stat(`${dir}/out/hardened.onnx`).catch(() => undefined)));
  });
});

/** A file of points of two numbers in two classes, and an ONNX model that tells them apart. */
async function points(dir: string): Promise<string[]> {
  const count = 80;
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const values = labels.flatMap((label, i) => [label ? 1 : -1, Math.sin(i)]);
  const x = { dtype: "F32", shape: [count, 2], values } as const;
  const y = { dtype: "I64", shape: [count], values: labels } as const;
  const bytes = tensorBytes({ x_train: x, y_train: y, x_test: x, y_test: y });
  await Deno.writeFile(`${dir}/points.safetensors`, bytes);
  const tensors = {
    "fc.weight": { shape: [2, 2], values: [-1, 0.3, 1, 0.2] },
    "fc.bias": { shape: [2], values: [0.1, 0] },
  };
  const nodes = [{
    op: "Gemm",
    inputs: ["x", "fc.weight", "fc.bias"],
    attributes: { transB: 1 },
    outputs: ["y"],
  }];
  await Deno.writeFile(`${dir}/points.onnx`, encodeTiny({ inputShape: [2], nodes, tensors }));
  return ["--model", `${dir}/points.onnx`, "--dataset", `tensors:${dir}/points.safetensors`];
}

Deno.test("vectors are attacked and defended as they are, without bounds, and that is said", async () => {
  await withFolder(async (dir) => {
    const files = await points(dir);
    const attacked = await run(["attack", ...files, "--out", `${dir}/a`, "--workers", "1"]);
    assert.equal(attacked.code, 0, attacked.errors);
    assert.match(attacked.out, /changes preprocessed inputs, without bounds/);
    const end = await run([
      ...["defend", ...files, "--out", `${dir}/d`, "--workers", "1"],
      ...["--epochs", "2", "--batch", "20", "--learning-rate", "1e-2"],
    ]);
    assert.equal(end.code, 0, end.errors);
    assert.match(end.out, /Attacks change preprocessed inputs, without bounds/);
    const { settings } = JSON.parse(await Deno.readTextFile(`${dir}/d/defend.json`));
    assert.equal(settings.within, "none");
    const refused = await run(["attack", ...files, "--out", dir, "--within", "pixels"]);
    assert.deepEqual([refused.code, mistake(refused).includes("expected none, since")], [2, true]);
    const saved = await run(["attack", ...files, "--out", `${dir}/a`, "--save"]);
    assert.match(
      mistake(saved),
      /--save: expected images, grey or RGB, of pixels 0-255, got inputs \[2\]/,
    );
  });
});

Deno.test("images in folders are read as they are needed; those that cannot be read are told of", async () => {
  await withFolder(async (dir) => {
    const next = random("folders");
    const pictures = await Promise.all(
      ["train", "val"].flatMap((split) =>
        ["blue", "red"].flatMap((name, label) =>
          Array.from({ length: split === "train" ? 12 : 3 }, async (_, i) => {
            const shade = 40 * next();
            const image = await png(60, 60, () => [90 + shade + 40 * label, 100, 130 - shade]);
            return [`${split}/${name}/${i}.png`, image] as const;
          })
        )
      ),
    );
    await writeTree(`${dir}/images`, Object.fromEntries(pictures));
    await writeTree(`${dir}/images`, { "train/red/bad.png": "no image" });
    const nodes = [
      { op: "GlobalAveragePool", inputs: ["x"] },
      { op: "Flatten", inputs: ["v0"] },
      { op: "Gemm", inputs: ["v1", "w", "b"], outputs: ["y"] },
    ];
    const tensors = {
      w: { shape: [3, 2], values: [-9, 9, 0, 0, 9, -9] },
      b: { shape: [2], values: [0.1, 0] },
    };
    const file = encodeTiny({ inputShape: [3, 48, 48], nodes, tensors });
    await Deno.writeFile(`${dir}/means.onnx`, file);
    const end = await run([
      ...["defend", "--model", `${dir}/means.onnx`, "--dataset", `imagenet:${dir}/images`],
      ...["--out", `${dir}/out`, "--workers", "1", "--epochs", "2", "--batch", "5"],
      ...["--learning-rate", "1e-3", "--choose-on", "train", "--held-out", "6"],
    ]);
    assert.equal(end.code, 0, end.errors);
    assert.match(end.errors, /left out: .*bad\.png/);
    assert.match(end.out, /on 6 test images: [\s\S]*1 left out: .*bad\.png/);
  });
});

const mistakes: readonly (readonly [string, (dir: string) => string[], number, RegExp])[] = [
  ["no model", () => ["defend"], 2, /expected --model, got none$/],
  ["no folder", () => ["defend", "--model", model], 2, /expected --out, got none$/],
  [
    "an unknown method",
    (dir) => short(dir, "--method", "deep"),
    2,
    /--method: expected one of clean/,
  ],
  [
    "a flag of another method",
    (dir) => short(dir, "--method", "clean", "--lambda", "3"),
    2,
    /flags that clean uses, got --lambda; clean uses none$/,
  ],
  [
    "another flag of another method",
    (dir) => short(dir, "--beta", "3"),
    2,
    /flags that deep_defense uses, got --beta; deep_defense uses --lambda, --c, --d$/,
  ],
  [
    "no epochs",
    (dir) => short(dir, "--epochs", "0"),
    2,
    /--epochs: expected a whole number from 1/,
  ],
  [
    "more points of accuracy than there are",
    (dir) => short(`${dir}/new`, "--accuracy-loss", "101"),
    2,
    /--accuracy-loss: expected a number from 0 to 100, got 101$/,
  ],
  [
    "no part of the loss",
    (dir) => short(`${dir}/new`, "--method", "adv_train_2", "--fgs-share", "0"),
    2,
    /--fgs-share: expected a number above 0, got 0$/,
  ],
  [
    "more than all outputs",
    (dir) => short(`${dir}/new`, "--method", "parseval", "--share", "2"),
    2,
    /--share: expected a number from 0 to 1, got 2$/,
  ],
  ["a negative c", (dir) => short(dir, "--c=-1"), 2, /--c: expected a number from 0/],
  [
    "something else to choose on",
    (dir) => short(dir, "--choose-on", "val"),
    2,
    /--choose-on: expected one of test, train, got val/,
  ],
  [
    "all held out",
    (dir) => short(dir, "--choose-on", "train", "--held-out", "360"),
    1,
    /holding training images out: expected more than the 360 to choose on, got 360$/,
  ],
  [
    "too few test images to choose on half of them",
    (dir) => [
      ...["defend", "--model", `${dir}/two.onnx`, "--dataset", `tensors:${dir}/own`],
      ...["--out", `${dir}/new`],
    ],
    1,
    /holding test images out: expected at least 20, to choose an epoch on half of them, got \d+; choose on/,
  ],
  [
    "another scale",
    (dir) => short(dir, "--scale", "mean:255"),
    1,
    /twice chance at the start; on the first 200 training images it is, by --scale: mean:255 /,
  ],
  [
    "images of another size",
    (dir) => ["defend", "--model", model, "--dataset", `idx:${dir}/rows`, "--out", `${dir}/new`],
    1,
    /expected an input of shape \[N, 1, 6, 6\], got \[n, 1, 8, 8\]$/,
  ],
  [
    "other classes",
    (dir) => ["defend", "--model", `${dir}/two.onnx`, "--dataset", data, "--out", `${dir}/new`],
    1,
    /expected logits of the dataset's 3 classes, got 2$/,
  ],
  [
    "a model without parameters",
    (dir) => [
      ...["defend", "--model", `${dir}/frozen.onnx`, "--dataset", `tensors:${dir}/own`],
      ...["--out", `${dir}/new`, "--choose-on", "train"],
    ],
    1,
    /defending frozen: expected a model with parameters to train, got none$/,
  ],
  [
    "no training images",
    (dir) => [
      ...["defend", "--model", `${dir}/frozen.onnx`, "--dataset", `tensors:${dir}/tests`],
      ...["--out", `${dir}/new`],
    ],
    1,
    /defending on tensors:tests: expected training images, got none$/,
  ],
  [
    "a training that diverges",
    (dir) => [...rated(`${dir}/new`, "1e30"), "--method", "clean"],
    1,
    /training diverged in epoch 0, step \d+: .* may help; a smaller --d, .*may help too/,
  ],
  [
    "tensors to reproduce with",
    () => ["reproduce", "--dataset", data],
    2,
    /expected images, got tensors:/,
  ],
];

Deno.test("mistakes with defend are one line and an exit code", async (t) => {
  await withFolder(async (dir) => {
    await makeDataset(dir);
    const flat = { op: "Flatten", inputs: ["x"] };
    const two = {
      inputShape: [1, 8, 8],
      nodes: [flat, { op: "Gemm", inputs: ["v0", "w"], outputs: ["y"] }],
      tensors: { w: { shape: [64, 2] } },
    };
    await Deno.writeFile(`${dir}/two.onnx`, encodeTiny(two));
    const nodes = [{ op: "Relu", inputs: ["x"], outputs: ["y"] }];
    await Deno.writeFile(`${dir}/frozen.onnx`, encodeTiny({ inputShape: [3], nodes }));
    const { y_train, y_test } = smallTensors();
    const x_train = {
      dtype: "F32",
      shape: [5, 3],
      values: [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0],
    } as const;
    const x_test = { dtype: "F32", shape: [2, 3], values: [0, 0, 1, 0, 1, 0] } as const;
    const own = { x_train, y_train: y_train!, x_test, y_test: y_test! };
    await Deno.writeFile(`${dir}/own`, tensorBytes(own));
    await Deno.writeFile(`${dir}/tests`, tensorBytes({ x_test, y_test: y_test! }));
    for (const [what, args, code, message] of mistakes) {
      await t.step(what, async () => {
        const end = await run(args(dir));
        assert.equal(end.code, code, end.errors);
        assert.match(mistake(end), message);
      });
    }
    await t.step("a training that diverged leaves no state to go on from", async () => {
      await assert.rejects(Deno.stat(`${dir}/new/state.safetensors`), Deno.errors.NotFound);
      const end = await run([...rated(`${dir}/new`, "1e-3"), "--epochs", "1"]);
      assert.equal(end.code, 0, end.errors);
    });
    await t.step("a hardened ONNX file does not stay beside weights of another model", async () => {
      const { network, weights } = await readOnnx(model);
      const command = { out: `${dir}/new`, method: "clean", model: { path: "", network: "mlp" } };
      const problem = { plain: { network, weights } };
      assert.ok((await Deno.stat(`${dir}/new/hardened.onnx`)).isFile);
      await writeHardened(problem as Problem, command as DefendCommand, weights);
      await assert.rejects(Deno.stat(`${dir}/new/hardened.onnx`), Deno.errors.NotFound);
    });
    await t.step("a folder that another process holds", async () => {
      const lock = await takeLock(`${dir}/lock`);
      assert.ok(!("holder" in lock));
      using _ = lock;
      const end = await run(short(dir));
      assert.equal(end.code, 1);
      assert.match(
        mistake(end),
        /expected no other process there, but it is held by process \d+ on/,
      );
    });
  });
});
