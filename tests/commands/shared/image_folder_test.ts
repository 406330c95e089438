import assert from "node:assert/strict";
import { random } from "../../../lib/engine/random.ts";
import { decodeTable } from "../../../lib/files/arrow.ts";
import { table1Columns, type Table1Row } from "../../../lib/experiments/table1.ts";
import { filedColumns } from "../../../lib/jobs/run_folder.ts";
import { networkFor } from "../../../lib/networks/by_name.ts";
import { encodeSafetensors } from "../../../lib/networks/safetensors.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { type Pixel, png, writeTree } from "../../data/images/image_fixture.ts";
import { mistake, run } from "../command.ts";
import { encodeTiny } from "../../networks/onnx/tiny_model.ts";

const classes = ["n00000001", "n00000002", "n00000003"];

/** Stripes whose direction is the class, of a phase and colours of their own, in noise. */
function stripes(label: number, ...key: (string | number)[]): Pixel {
  const next = random("stripes", label, ...key);
  const [phase, red, green] = [10 * next(), 60 * next(), 60 * next()];
  const along = (x: number, y: number) => [x, y, x + y][label]!;
  return (x, y) => {
    const light = 110 + 45 * Math.sin(along(x, y) / 2 + phase) + 40 * next();
    return [light + red, light + green, light];
  };
}

/** ImageNet's layout: `train` and `val` images of each class, and one file of each that is no image. */
async function writeImages(dir: string, { train, val }: Record<"train" | "val", number>) {
  for (const [split, count] of Object.entries({ train, val })) {
    for (const [label, name] of classes.entries()) {
      for (let i = 0; i < count; i++) {
        const [width, height] = [40 + i % 5, 44 - i % 3];
        const image = await png(width, height, stripes(label, split, i));
        await writeTree(dir, { [`${split}/${name}/${i}.png`]: image });
      }
    }
    await writeTree(dir, { [`${split}/${classes[0]}/bad.JPEG`]: "no image" });
  }
}

const flags = (dir: string, out: string) => [
  "reproduce",
  ...["--dataset", `imagenet:${dir}/images`, "--profile", "smoke", "--only", "table1"],
  ...["--network", "lenet", "--epochs", "3", "--workers", "1", "--out", `${dir}/${out}`],
];

Deno.test("images in folders: a reference is trained and attacked, and Deep Defense raises rho_2", async (t) => {
  await withFolder(async (dir) => {
    await writeImages(`${dir}/images`, { train: 120, val: 12 });
    const end = await run(flags(dir, "out"));
    assert.equal(end.code, 0, end.errors);
    const bytes = await Deno.readFile(`${dir}/out/table1.arrow`);
    const rows = decodeTable(bytes, table1Columns, dir) as unknown as Table1Row[];
    const [reference, defended] = rows;

    await t.step("rho_2 rises", () => {
      assert.deepEqual(rows.map(({ method }) => method), ["reference", "deep_defense"]);
      assert.ok(reference!.accuracy! > 0.9, `${reference!.accuracy}`);
      assert.ok(defended!.accuracy! > 0.9, `${defended!.accuracy}`);
      assert.ok(defended!.rho2! > 1.1 * reference!.rho2!, `${reference!.rho2} ${defended!.rho2}`);
    });

    await t.step("the paper's figures are not put beside other images'", () => {
      for (const { dataset, paper_accuracy } of rows) {
        assert.deepEqual([dataset, paper_accuracy], ["imagenet:images", null]);
      }
    });

    await t.step(
      "each row has its image's file; images that cannot be read are reported once",
      async () => {
        const path = `${dir}/out/runs/${reference!.run_id}/attacks.arrow`;
        const attacks = decodeTable(await Deno.readFile(path), filedColumns, path);
        assert.equal(attacks.length, 36);
        for (const { file, label } of attacks) {
          assert.equal((file as string).split("/")[1], classes[label as number]);
        }
        assert.equal(end.errors.match(/left out: val\/n00000001\/bad\.JPEG: expected/g)?.length, 1);
      },
    );

    await t.step(
      "deno task attack has a row for each of the first images, with its file",
      async () => {
        const weights = `${dir}/out/runs/${reference!.run_id}/model.safetensors`;
        const model = ["--weights", weights, "--network", "lenet"];
        const images = ["--dataset", `imagenet:${dir}/images`, "--images", "8"];
        const end = await run(["attack", ...model, ...images, "--out", `${dir}/attack`]);
        assert.equal(end.code, 0, end.errors);
        const path = `${dir}/attack/attacks.arrow`;
        const rows = decodeTable(await Deno.readFile(path), filedColumns, path);
        assert.ok(rows.length >= 7 && rows.every(({ file }) => /^val\//.test(file as string)));
      },
    );

    await t.step("the report counts what was left out, also when all runs had ended", async () => {
      for (const time of ["first", "again"]) {
        const report = await Deno.readTextFile(`${dir}/out/report.html`);
        assert.match(
          report,
          /2 images or folders of the dataset could not be used, .*: (train|val)\/n00000001\/bad\.JPEG: expected/,
          time,
        );
        if (time === "first") assert.equal((await run(flags(dir, "out"))).code, 0);
      }
    });

    await t.step("its reference, from a file, is fine-tuned to the same network", async () => {
      const weights = `${dir}/out/runs/${reference!.run_id}/model.safetensors`;
      const again = await run([...flags(dir, "again"), "--weights", weights, "--json"]);
      assert.equal(again.code, 0, again.errors);
      const [first, second] = again.out.trim().split("\n").map((line) => JSON.parse(line));
      assert.deepEqual([first.rho2, second.rho2], [reference!.rho2, defended!.rho2]);
    });
  });
});

Deno.test("with --bad-images stop, an image that cannot be read ends the run by name", async () => {
  await withFolder(async (dir) => {
    await writeImages(`${dir}/images`, { train: 3, val: 1 });
    const stopped = await run([...flags(dir, "out"), "--bad-images", "stop"]);
    assert.equal(stopped.code, 1);
    assert.match(
      mistake(stopped),
      /reading .*bad\.JPEG: expected a JPEG, PNG, WebP or GIF image, got/,
    );
  });
});

/** Images in val/ alone: two of them good, and a class, a file and a link that give none; three lines of classes. */
async function writeVal(dir: string) {
  for (const label of [0, 1]) {
    const image = await png(40, 44, stripes(label, "val"));
    await writeTree(dir, { [`val/${classes[label]}/a.png`]: image });
  }
  await writeTree(dir, {
    [`val/${classes[0]}/b.bmp`]: "BM",
    [`val/${classes[2]}/readme.txt`]: "",
    "classes.txt": classes.join("\n"),
  });
  await Deno.symlink("nowhere", `${dir}/val/${classes[1]}/c.png`);
  const network = networkFor("lenet", { inputShape: [3, 32, 32], classes: 3 });
  await writeTree(dir, { "lenet.safetensors": encodeSafetensors(network.init("val")) });
}

Deno.test("images in val/ alone: weights are attacked and exported, training says that it has none", async (t) => {
  await withFolder(async (dir) => {
    await writeVal(`${dir}/images`);
    const dataset = ["--dataset", `imagenet:${dir}/images`];
    const weights = ["--weights", `${dir}/images/lenet.safetensors`, "--network", "lenet"];
    const reproduce = ["reproduce", ...dataset, "--only", "table1", "--workers", "1"];

    await t.step("the attack's summary counts what was left out, and names it", async () => {
      const out = `${dir}/attack`;
      const end = await run(["attack", ...weights, ...dataset, "--json", "--out", out]);
      assert.equal(end.code, 0, end.errors);
      const { images, left_out, left_out_first } = JSON.parse(end.out);
      assert.deepEqual([images, left_out], [2, 3]);
      assert.deepEqual(left_out_first.map((line: string) => line.split(": ")[0]).sort(), [
        "val/n00000001/b.bmp",
        "val/n00000002/c.png",
        "val/n00000003",
      ]);
      assert.match(end.errors, / note: 3 classes of .*classes\.txt, in the order of its lines/m);
      const { summary } = JSON.parse(await Deno.readTextFile(`${out}/attacks.json`));
      assert.equal(summary.left_out, 3);
    });

    await t.step("with --bad-images stop it ends at the first of them", async () => {
      const stop = ["--bad-images", "stop", "--out", `${dir}/stopped`];
      const end = await run(["attack", ...weights, ...dataset, ...stop]);
      assert.equal(end.code, 1);
      assert.match(mistake(end), /val\/n00000003: expected a class's images, got none$/);
    });

    await t.step("export", async () => {
      const to = ["--to", "safetensors", `${dir}/copy.safetensors`];
      assert.equal((await run(["export", ...weights, ...dataset, ...to])).code, 0);
    });

    await t.step("training is refused before anything is run", async () => {
      const end = await run([...reproduce, "--network", "lenet", "--out", `${dir}/trained`]);
      assert.equal(end.code, 1);
      assert.match(
        mistake(end),
        /reproducing on imagenet:images: expected training images, got none: it has no images in train\//,
      );
      await assert.rejects(Deno.stat(`${dir}/trained`), Deno.errors.NotFound);
    });
  });
});

for (const split of ["train", "val"] as const) {
  for (const policy of ["skip", "stop"]) {
    Deno.test(`all of ${split}/ unreadable, with --bad-images ${policy}: one line, and no figures`, async () => {
      await withFolder(async (dir) => {
        await writeImages(`${dir}/images`, { train: 3, val: 1, [split]: 0 });
        const other = split === "train" ? "val" : "train";
        await Deno.remove(`${dir}/images/${other}/${classes[0]}/bad.JPEG`);
        for (const name of classes) {
          await writeTree(dir, { [`images/${split}/${name}/bad.JPEG`]: "no image" });
        }
        const end = await run([...flags(dir, "out"), "--bad-images", policy]);
        assert.equal(end.code, 1, end.out);
        const named = new RegExp(
          `${split}/n0000000[123]/bad\\.JPEG: expected a JPEG, PNG, WebP or GIF image`,
        );
        assert.match(mistake(end), policy === "stop" ? named : /expected .*none/);
        assert.match(end.errors, named);
        assert.doesNotMatch(end.out + end.errors, /NaN/);
      });
    });
  }
}

Deno.test("images in folders are cut to the side that an ONNX file takes", async () => {
  await withFolder(async (dir) => {
    await writeImages(`${dir}/images`, { train: 1, val: 1 });
    for (const side of [32, 224, 227]) {
      const path = `${dir}/${side}.onnx`;
      const nodes = [
        { op: "GlobalAveragePool", inputs: ["x"] },
        { op: "Flatten", inputs: ["v0"] },
      ];
      await Deno.writeFile(path, encodeTiny({ inputShape: [3, side, side], nodes }));
      const data = ["--model", path, "--dataset", `imagenet:${dir}/images`, "--workers", "1"];
      const how = ["--attack", "fgs", "--epsilon", "1", "--out", `${dir}/out${side}`, "--json"];
      const end = await run(["attack", ...data, ...how]);
      assert.equal(end.code, 0, end.errors);
      assert.equal(JSON.parse(end.out).images, 3);
    }
  });
});
