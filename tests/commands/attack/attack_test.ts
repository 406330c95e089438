import assert from "node:assert/strict";
import { decode } from "fast-png";
import { loadDataset } from "../../../lib/data/load.ts";
import { decodeTable } from "../../../lib/files/arrow.ts";
import { takeLock } from "../../../lib/files/lock.ts";
import { attacksColumns } from "../../../lib/jobs/run_folder.ts";
import { readSafetensors } from "../../../lib/networks/safetensors.ts";
import { idxBytes, writeFiles } from "../../data/idx/fixture.ts";
import { encodeTiny } from "../../networks/onnx/tiny_model.ts";
import { mistake, run, runAlone, side } from "../command.ts";
import { model, withModel, withOnnx } from "../small_model.ts";

Deno.test("--help of attack names every flag", async () => {
  const flags =
    "model weights network rename source source-network out dataset attack norm epsilon within target scale save iterations overshoot restarts target-classes seed images backend device workers json help";
  const { code, out } = await run(["attack", "--help"]);
  assert.equal(code, 0);
  for (const flag of flags.split(" ")) assert.match(out, new RegExp(`^  --${flag}\\b`, "m"));
});

const attacks: [name: string, flags: string[]][] = [
  ["deepfool", []],
  ["fmn", ["--iterations", "10"]],
  ["ddn", ["--iterations", "10"]],
  ["fab", ["--iterations", "5"]],
  ["fab_t", ["--iterations", "5", "--target-classes", "2"]],
  ["fgs", ["--epsilon", "30"]],
  ["pgd", ["--epsilon", "30", "--iterations", "5"]],
  ["apgd_ce", ["--epsilon", "8/255", "--norm", "inf", "--iterations", "5"]],
  ["apgd_dlr", ["--epsilon", "30", "--iterations", "5", "--restarts", "2", "--seed", "1"]],
  ["apgd_t", ["--epsilon", "30", "--iterations", "5", "--target-classes", "2"]],
  ["auto_attack", ["--epsilon", "8/255", "--norm", "inf", "--seed", "1"]],
  ["square", ["--epsilon", "8/255", "--norm", "inf", "--iterations", "20", "--restarts", "2"]],
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
        const isSearch = ["deepfool", "fmn", "ddn", "fab", "fab_t"].includes(attack);
        assert.equal(summary.mean_iterations !== null, isSearch);
        const { settings, summary: kept } = JSON.parse(
          await Deno.readTextFile(`${out}/attacks.json`),
        );
        assert.deepEqual(kept, summary);
        assert.match(settings.weights_sha256, /^[0-9a-f]{64}$/);
        if (/pgd|square|auto/.test(attack)) assert.notEqual(summary.rho2, summary.mean_ratio);
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
    assert.equal(free.settings.scale, "mean image");
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
      /note: the accuracy is below twice chance; .*unit .*%, dataset .*%, none/,
    );
    assert.deepEqual(Object.keys(settings.accuracy_by_scale), ["unit", "dataset", "none"]);
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

Deno.test("what an earlier attack saved goes when another one writes its results there", async () => {
  await withModel(async (dir) => {
    const pictures = async () =>
      (await Array.fromAsync(Deno.readDir(`${dir}/out/adversarial`))).map(({ name }) => name);
    await attacked(dir, "out", ["--save"]);
    await Deno.writeTextFile(`${dir}/out/adversarial/mine.txt`, "");
    assert.equal((await pictures()).length, 21);
    await attacked(dir, "out", ["--save", "--attack", "fgs", "--epsilon", "9"]);
    const more = ["--images", "3", "--save", "--workers", "1"];
    const end = await run(["attack", ...model(dir), "--out", `${dir}/out`, ...more]);
    assert.equal(end.code, 0, end.errors);
    const names = ["00000.png", "00001.png", "00002.png", "mine.txt"];
    assert.deepEqual((await pictures()).sort(), names);
    await attacked(dir, "out", []);
    assert.deepEqual(await pictures(), ["mine.txt"]);
    await assert.rejects(Deno.stat(`${dir}/out/perturbations.safetensors`), Deno.errors.NotFound);
  });
});

Deno.test("attack keeps out of a folder that another process holds", async () => {
  await withModel(async (dir) => {
    const lock = await takeLock(`${dir}/lock`);
    assert.ok(!("holder" in lock));
    using _ = lock;
    const end = await run(["attack", ...model(dir), "--out", dir]);
    assert.equal(end.code, 1);
    assert.match(
      mistake(end),
      /^error: attacking into \S+: expected no other process there, but it is held by process \d+/,
    );
  });
});

Deno.test("a model whose tensors beside the file change is another model", async () => {
  await withModel(async (dir) => {
    const [inputs, classes] = [side * side, 4];
    const tensors = {
      w: { shape: [inputs, classes], external: { location: "w.bin", offset: 0 } },
    };
    const nodes = [{ op: "Flatten", inputs: ["x"] }, { op: "MatMul", inputs: ["v0", "w"] }];
    await Deno.writeFile(
      `${dir}/m.onnx`,
      encodeTiny({ inputShape: [1, side, side], nodes, tensors }),
    );
    const sha256 = async (name: string, scale: number) => {
      const numbers = Float32Array.from(
        { length: inputs * classes },
        (_, i) => Math.sin(i) * scale,
      );
      await Deno.writeFile(`${dir}/w.bin`, new Uint8Array(numbers.buffer));
      const more = ["--dataset", `idx:${dir}/rows`, "--images", "5", "--workers", "1"];
      const out = `${dir}/${name}`;
      const end = await run(["attack", "--model", `${dir}/m.onnx`, ...more, "--out", out]);
      assert.equal(end.code, 0, end.errors);
      return JSON.parse(await Deno.readTextFile(`${out}/attacks.json`)).settings.weights_sha256;
    };
    const one = await sha256("one", 1);
    assert.equal(await sha256("again", 1), one);
    assert.notEqual(await sha256("other", 2), one);
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
    assert.match(
      end.out,
      /^ {2}ρ₂ is \d\.\d+: the mean ratio of the perturbation's l2 norm to the image's\./m,
    );
    assert.match(end.out, /^ {2}1 image of norm 0 left out, since there is no ratio\.$/m);
    assert.match(end.out, /^attacks\.arrow, attacks\.json and attacks\.html are in .*\/out$/m);
    const file = await Deno.readFile(`${dir}/out/attacks.arrow`);
    const ratios = decodeTable(file, attacksColumns, dir).map(({ ratio }) => ratio);
    assert.deepEqual(ratios.map((ratio) => ratio === null), [true, false, false]);
  });
});

Deno.test("attack takes an ONNX file: no network is named, and what was taken off is said", async () => {
  await withOnnx(async (dir) => {
    const data = ["--dataset", `idx:${dir}/rows`];
    const file = `${dir}/m.onnx`;
    const out = ["--out", `${dir}/out`, "--json"];
    const end = await runAlone(["attack", "--model", file, ...data, ...out]);
    assert.equal(end.code, 0, end.errors);
    assert.match(end.errors, /^note: .*m\.onnx: the Softmax at the end, y, was removed/m);
    assert.equal(JSON.parse(end.out).images, 60);
    const { settings } = JSON.parse(await Deno.readTextFile(`${dir}/out/attacks.json`));
    assert.equal(settings.network, "m.onnx");
  });
});
