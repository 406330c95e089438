import assert from "node:assert/strict";
import { decode } from "fast-png";
import { predict } from "../../lib/compute/predict.ts";
import { loadDataset } from "../../lib/data/load.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import { ort } from "../../lib/engine/onnxruntime.ts";
import { decodeTable } from "../../lib/experiments/arrow.ts";
import { attacksColumns } from "../../lib/experiments/run_folder.ts";
import { mlp } from "../../lib/networks/mlp.ts";
import { readOnnx } from "../../lib/networks/onnx/read_onnx.ts";
import { encodeSafetensors, readSafetensors } from "../../lib/networks/weights.ts";
import { idxBytes, withFolder, writeFiles } from "../data/idx_fixture.ts";
import { encodeTiny } from "../networks/onnx/tiny_model.ts";
import { makeDataset, mistake, run, side } from "./command.ts";

const network = mlp([1, side, side], 4);
const weights = network.init("commands");

/** A folder with a dataset, `rows`, and a model, `model.safetensors`. */
async function withModel(test: (dir: string) => Promise<void>): Promise<void> {
  await withFolder(async (dir) => {
    await makeDataset(dir);
    await Deno.writeFile(`${dir}/model.safetensors`, encodeSafetensors(weights, { made: "here" }));
    await test(dir);
  });
}

const model = (dir: string) => [
  "--weights",
  `${dir}/model.safetensors`,
  "--network",
  "mlp",
  "--dataset",
  `idx:${dir}/rows`,
];

const mistakes: readonly (readonly [string, (dir: string) => string[], number, RegExp])[] = [
  ["no weights", () => ["attack"], 2, /expected --model, got none$/],
  [
    "no network",
    (dir) => ["attack", "--weights", `${dir}/model.safetensors`],
    2,
    /--network, got none$/,
  ],
  [
    "an unknown attack",
    (dir) => ["attack", ...model(dir), "--out", dir, "--attack", "cw"],
    2,
    /--attack: expected one of deepfool, fmn, fgs, pgd, got cw/,
  ],
  [
    "no epsilon",
    (dir) => ["attack", ...model(dir), "--out", dir, "--attack", "fgs"],
    2,
    /expected --epsilon, got none$/,
  ],
  [
    "a negative epsilon",
    (dir) => ["attack", ...model(dir), "--out", dir, "--attack", "pgd", "--epsilon=-1"],
    2,
    /--epsilon: expected a number from 0 to 3.4e\+38, got -1$/,
  ],
  [
    "an epsilon that is no 32-bit number",
    (dir) => ["attack", ...model(dir), "--out", dir, "--attack", "pgd", "--epsilon=1e39"],
    2,
    /--epsilon: expected a number from 0 to 3.4e\+38, got 1e39$/,
  ],
  [
    "an epsilon in hexadecimal digits",
    (dir) => ["attack", ...model(dir), "--out", dir, "--attack", "pgd", "--epsilon=0x10"],
    2,
    /--epsilon: expected a number from 0 to 3.4e\+38, got 0x10$/,
  ],
  [
    "a norm below 1",
    (dir) => ["attack", ...model(dir), "--out", dir, "--norm", "0.5"],
    2,
    /--norm: expected a number from 1 to 3.4e\+38, got 0.5$/,
  ],
  [
    "a norm that PGD lacks",
    (
      dir,
    ) => [
      "attack",
      ...model(dir),
      "--out",
      `${dir}/new`,
      "--attack",
      "pgd",
      "--epsilon",
      "1",
      "--norm",
      "3",
    ],
    2,
    /--norm: expected inf or 2 for projected gradient descent, got 3$/,
  ],
  [
    "a norm that FMN lacks",
    (dir) => ["attack", ...model(dir), "--out", `${dir}/new`, "--attack", "fmn", "--norm", "linf"],
    2,
    /--norm: expected 2 for the fast minimum-norm attack, got linf$/,
  ],
  [
    "a flag that the attack does not have",
    (dir) => [
      "attack",
      ...model(dir),
      "--out",
      `${dir}/new`,
      "--attack",
      "fgs",
      "--epsilon",
      "1",
      "--norm",
      "inf",
    ],
    2,
    /flags that fgs has, got --norm; of fgs: --epsilon$/,
  ],
  ...([
    [
      "an epsilon that can be read two ways",
      ["--attack", "pgd", "--epsilon", "0.1"],
      2,
      /write 0\.1\/1 for .* \(25\.5 pixels\)/,
    ],
    [
      "an unknown box",
      ["--within", "everything"],
      2,
      /--within: expected one of pixels, none, got everything/,
    ],
    [
      "a scale without pixels",
      ["--within", "none", "--scale", "unit"],
      2,
      /--within pixels with it/,
    ],
    ["p = 3 within pixels", ["--norm", "3"], 2, /--norm: expected 1, 2 or inf for DeepFool within/],
    ["a target that is no class", ["--target", "first"], 2, /--target: expected a whole number/],
    ["a class too many", ["--target", "4"], 2, /--target: expected a class below 4 or all, got 4$/],
    ["a scale of three channels", ["--scale", "caffe"], 1, /channels are \[2,1,0\] in some order/],
  ] as const).map(([what, flags, code, message]): typeof mistakes[number] => [
    what,
    (dir) => ["attack", ...model(dir), "--out", `${dir}/new`, ...flags],
    code,
    message,
  ]),
  [
    "another network's weights",
    (dir) => ["attack", ...model(dir).slice(0, 3), "lenet", "--out", dir],
    1,
    /expected/,
  ],
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
    /writing .*rows: expected room and leave/,
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
];

Deno.test("mistakes with attack and export are one line and an exit code, and leave nothing", async (t) => {
  await withModel(async (dir) => {
    for (const [what, args, code, message] of mistakes) {
      await t.step(what, async () => {
        const end = await run(args(dir));
        assert.equal(end.code, code, end.errors);
        assert.match(mistake(end), message);
        const names = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
        assert.deepEqual(names.filter((name) => name !== "new").sort(), [
          "model.safetensors",
          "rows",
        ]);
      });
    }
    await Deno.writeFile(`${dir}/model.safetensors`, encodeSafetensors(weights, {}).slice(0, 900));
    await t.step("NaN in weights", async () => {
      const [[name, { shape, data }]] = Object.entries(weights) as [
        [string, typeof weights[string]],
      ];
      const broken = { ...weights, [name]: { shape, data: data.with(3, NaN) } };
      await Deno.writeFile(`${dir}/broken.safetensors`, encodeSafetensors(broken, {}));
      const args = model(dir).with(1, `${dir}/broken.safetensors`);
      const end = await run(["attack", ...args, "--out", `${dir}/x`]);
      assert.equal(end.code, 1);
      assert.match(
        mistake(end),
        new RegExp(`broken\\.safetensors: expected .*got NaN in ${name}$`),
      );
    });
    await t.step("truncated weights", async () => {
      const end = await run(["export", ...model(dir), "--to", "onnx", `${dir}/x`]);
      assert.equal(end.code, 1);
      assert.match(mistake(end), /model\.safetensors: expected/);
    });
  });
});

Deno.test("--help of attack, defend and export names every flag", async () => {
  const flags = {
    attack:
      "model weights network out dataset attack norm epsilon within target scale save iterations overshoot images backend device workers json help",
    defend:
      "model weights network out dataset bad-images within scale method lambda c d beta share example-scale fgs-share fgs-epsilon epochs learning-rate batch flips seed accuracy-loss choose-on held-out train-images images epsilon backend device workers json help",
    export: "model weights network to dataset batch help",
  };
  for (const [command, names] of Object.entries(flags)) {
    const { code, out } = await run([command, "--help"]);
    assert.equal(code, 0);
    for (const flag of names.split(" ")) assert.match(out, new RegExp(`^  --${flag}\\b`, "m"));
  }
});

const attacks: [name: string, flags: string[]][] = [
  ["deepfool", []],
  ["fmn", ["--iterations", "10"]],
  ["fgs", ["--epsilon", "30"]],
  ["pgd", ["--epsilon", "30", "--iterations", "5"]],
];

Deno.test("attack writes one row per image, a summary and pictures", async (t) => {
  await withModel(async (dir) => {
    for (const [attack, flags] of attacks) {
      await t.step(attack, async () => {
        const out = `${dir}/${attack}`;
        const more = ["--attack", attack, ...flags, "--images", "20", "--workers", "1"];
        const end = await run(["attack", ...model(dir), "--out", out, ...more, "--json"]);
        assert.equal(end.code, 0, end.errors);
        const rows = decodeTable(await Deno.readFile(`${out}/attacks.arrow`), attacksColumns, out);
        assert.deepEqual(rows.map(({ index }) => index), [...Array(20).keys()]);
        const summary = JSON.parse(end.out);
        const share = (holds: (row: typeof rows[number]) => boolean) =>
          rows.filter(holds).length / 20;
        assert.equal(summary.accuracy, share((row) => row.label === row.predicted));
        assert.equal(summary.changed, share((row) => row.predicted !== row.fooled_as));
        const right = share(({ label, predicted, fooled_as }) =>
          label === predicted && label === fooled_as
        );
        assert.equal(summary.accuracy_under_attack, right);
        const isSearch = attack === "deepfool" || attack === "fmn";
        assert.equal(summary.mean_iterations !== null, isSearch);
        const { settings, summary: kept } = JSON.parse(
          await Deno.readTextFile(`${out}/attacks.json`),
        );
        assert.deepEqual(kept, summary);
        assert.match(settings.weights_sha256, /^[0-9a-f]{64}$/);
        if (attack === "pgd") assert.notEqual(summary.rho2, summary.mean_ratio);
        else assert.equal(summary.rho2, summary.mean_ratio);
        const html = await Deno.readTextFile(`${out}/attacks.html`);
        assert.match(html, /^<!doctype html>/);
        const order = ["<h1>", "<dt>Model", "<dt>Machine", ">Summary<", "large the", "<details"];
        const places = order.map((text) => html.indexOf(text));
        assert.ok(places.every((place, i) => place > (places[i - 1] ?? 0)), `${places}`);
      });
    }
  });
});

/** Runs `attack`, and gives its summary, its settings and its rows. */
async function attacked(dir: string, out: string, flags: readonly string[]) {
  const more = ["--images", "20", "--workers", "1", "--json"];
  const end = await run(["attack", ...model(dir), "--out", `${dir}/${out}`, ...more, ...flags]);
  assert.equal(end.code, 0, end.errors);
  const { settings } = JSON.parse(await Deno.readTextFile(`${dir}/${out}/attacks.json`));
  const file = await Deno.readFile(`${dir}/${out}/attacks.arrow`);
  const rows = decodeTable(file, attacksColumns, out);
  return { summary: JSON.parse(end.out), settings, rows, errors: end.errors };
}

Deno.test("attack stays within pixels unless told otherwise, and says in which units it measured", async () => {
  await withModel(async (dir) => {
    const epsilon = ["--attack", "pgd", "--iterations", "5", "--epsilon"];
    const fraction = await attacked(dir, "fraction", [...epsilon, "25.5/255"]);
    const pixels = await attacked(dir, "pixels", [...epsilon, "25.5"]);
    const free = await attacked(dir, "free", [...epsilon, "25.5", "--within", "none"]);
    assert.deepEqual(fraction.rows, pixels.rows);
    assert.notDeepEqual(free.rows, pixels.rows);
    for (const { summary, settings } of [fraction, pixels]) {
      assert.deepEqual([summary.units, summary.epsilon], ["pixels 0-255", 25.5]);
      assert.deepEqual([settings.within, settings.epsilon], ["pixels", 25.5]);
      assert.equal(settings.scale, "mean image");
    }
    assert.equal(free.summary.units, "preprocessed inputs");
    assert.equal(free.summary.accuracy, pixels.summary.accuracy);
  });
});

Deno.test("attack shows the accuracy by scale where it is below twice chance, and takes another scale", async () => {
  await withModel(async (dir) => {
    const flags = ["--attack", "fgs", "--epsilon", "8"];
    const { errors, settings, summary } = await attacked(dir, "unit", [
      ...flags,
      "--scale",
      "unit",
    ]);
    assert.ok(summary.accuracy < 0.5);
    assert.match(
      errors,
      /note: the accuracy is below twice chance; .*unit .*%, mean image .*%, none/,
    );
    assert.deepEqual(Object.keys(settings.accuracy_by_scale), ["unit", "mean image", "none"]);
  });
});

Deno.test("attack towards a class, and towards all", async () => {
  await withModel(async (dir) => {
    const flags = ["--attack", "deepfool", "--target"];
    const one = await attacked(dir, "one", [...flags, "2"]);
    const others = one.rows.filter(({ label }) => label !== 2);
    const there = others.filter(({ fooled_as }) => fooled_as === 2);
    assert.equal(one.summary.reached, there.length / others.length);
    assert.ok(one.rows.every(({ predicted, norm }) => predicted !== 2 || norm === 0));
    assert.equal(one.settings.target, 2);
    const all = await attacked(dir, "all", [...flags, "all"]);
    assert.equal(all.settings.target, "all");
    assert.equal(all.summary.changed, 1);
    one.rows.forEach(({ predicted, fooled_as, norm }, i) => {
      if (predicted !== 2 && fooled_as === 2) {
        assert.ok(all.rows[i]!.norm as number <= Number(norm));
      }
    });
  });
});

Deno.test("attack --save writes pictures and exact perturbations, and counts what still fools in 8 bits", async () => {
  await withModel(async (dir) => {
    for (const within of ["pixels", "none"]) {
      const flags = ["--save", "--within", within];
      const { summary, rows } = await attacked(dir, within, flags);
      const out = `${dir}/${within}`;
      const { weights: saved, metadata } = await readSafetensors(
        `${out}/perturbations.safetensors`,
      );
      const { perturbations } = saved;
      assert.deepEqual(perturbations!.shape, [20, 1, side, side]);
      assert.match(metadata.units!, within === "pixels" ? /^pixels 0-255$/ : /^preprocessed/);
      const length = side * side;
      const pixels = await loadDataset(`idx:${dir}/rows`, { pixels: true });
      for (const [i, row] of rows.entries()) {
        const delta = perturbations!.data.subarray(i * length, (i + 1) * length);
        assert.ok(Math.abs(Math.hypot(...delta) - (row.norm as number)) < 1e-3);
        const png = decode(
          await Deno.readFile(`${out}/adversarial/${`${i}`.padStart(5, "0")}.png`),
        );
        assert.deepEqual([png.width, png.height, png.channels], [side, side, 3]);
        delta.forEach((r, j) => {
          const expected = Math.min(255, Math.max(0, pixels.test.images[i * length + j]! + r));
          assert.ok(Math.abs(png.data[3 * j]! - expected) <= 0.5 + 1e-3);
        });
      }
      assert.equal(summary.fooled, rows.filter((row) => row.predicted !== row.fooled_as).length);
      assert.ok(summary.fooled_in_8_bits <= summary.fooled);
      const names = (await Array.fromAsync(Deno.readDir(out))).map(({ name }) => name);
      assert.ok(!names.includes("partial"));
    }
  });
});

Deno.test("attack says how many images have no ratio, since they are the mean image", async () => {
  await withModel(async (dir) => {
    const [pixels, labels] = [side * side, "labels-idx1-ubyte"];
    const flat = (values: readonly number[]) =>
      idxBytes(
        [values.length, side, side],
        values.flatMap((value) => new Array<number>(pixels).fill(value)),
      );
    await writeFiles(`${dir}/rows`, {
      "train-images-idx3-ubyte": flat([80, 120, 60, 140]),
      [`train-${labels}`]: idxBytes([4], [0, 1, 2, 3]),
      "t10k-images-idx3-ubyte": flat([100, 90, 130]),
      [`t10k-${labels}`]: idxBytes([3], [0, 1, 2]),
    });
    const more = ["--within", "none", "--workers", "1"];
    const end = await run(["attack", ...model(dir), "--out", `${dir}/out`, ...more]);
    assert.equal(end.code, 0, end.errors);
    assert.match(end.out, /^DeepFool on MLP, 3 test images of .* \([\d.]+ s\)$/m);
    assert.match(end.out, /^ {2}ρ₂ is \d\.\d+: the perturbation's l2 norm over the image's/m);
    assert.match(end.out, /^ {2}1 image of norm 0 left out: there is no ratio\.$/m);
    assert.match(end.out, /^attacks\.arrow, attacks\.json and attacks\.html are in .*\/out$/m);
    const file = await Deno.readFile(`${dir}/out/attacks.arrow`);
    const ratios = decodeTable(file, attacksColumns, dir).map(({ ratio }) => ratio);
    assert.deepEqual(ratios.map((ratio) => ratio === null), [true, false, false]);
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

/** An ONNX file of the model, as a folder's `m.onnx`. */
async function withOnnx(test: (dir: string) => Promise<void>): Promise<void> {
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

Deno.test("attack takes an ONNX file: no network is named, and what was taken off is said", async () => {
  await withOnnx(async (dir) => {
    const data = ["--dataset", `idx:${dir}/rows`];
    const file = `${dir}/m.onnx`;
    const out = ["--out", `${dir}/out`, "--json"];
    const end = await run(["attack", "--model", file, ...data, ...out]);
    assert.equal(end.code, 0, end.errors);
    assert.match(end.errors, /^note: .*m\.onnx: the Softmax at the end, y, was taken off/m);
    assert.equal(JSON.parse(end.out).images, 60);
    const { settings } = JSON.parse(await Deno.readTextFile(`${dir}/out/attacks.json`));
    assert.equal(settings.network, "m.onnx");
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
    const end = await run(["export", ...args]);
    assert.equal(end.code, 0, end.errors);
    assert.deepEqual((await readOnnx(`${dir}/new.onnx`)).weights, moved);
  });
});

Deno.test("mistakes with ONNX files are one line and an exit code", async (t) => {
  await withOnnx(async (dir) => {
    const file = `${dir}/m.onnx`;
    const out = ["--dataset", `idx:${dir}/rows`, "--out", `${dir}/out`];
    const cases: [string, string[], number, RegExp][] = [
      [
        "a network",
        ["attack", "--model", file, "--network", "mlp", ...out],
        2,
        /expected none, since m\.onnx holds its network, got mlp$/,
      ],
      [
        "two models",
        ["attack", "--model", file, "--weights", file, ...out],
        2,
        /expected --model or --weights, got both$/,
      ],
      [
        "another dataset",
        ["attack", "--model", file, "--dataset", "mnist", "--out", dir],
        1,
        /an input of shape \[N, 1, 28, 28\], got \[1, 1, 6, 6\]$/,
      ],
      [
        "no file",
        ["export", "--model", `${dir}/none.onnx`, "--to", "onnx", `${dir}/x`],
        1,
        /none\.onnx: expected a readable file, got none$/,
      ],
    ];
    for (const [what, args, code, message] of cases) {
      await t.step(what, async () => {
        const end = await run(args);
        assert.equal(end.code, code, end.errors);
        assert.match(mistake(end), message);
      });
    }
  });
});
