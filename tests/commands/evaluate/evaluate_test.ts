import assert from "node:assert/strict";
import { decodeTable } from "../../../lib/files/arrow.ts";
import { evaluateColumns, imagesColumns } from "../../../lib/commands/evaluate/tables.ts";
import type { EvaluationSummary } from "../../../lib/commands/evaluate/record.ts";
import { encodeSafetensors } from "../../../lib/networks/safetensors.ts";
import { commandOf, type End, endOf, mistake, run, runAlone } from "../command.ts";
import { model, network, withModel, withOnnx } from "../small_model.ts";

/** Two models' files and the dataset. */
async function models(dir: string, images = 20): Promise<string[]> {
  const other = encodeSafetensors(network.init("another"), { made: "here" });
  await Deno.writeFile(`${dir}/other.safetensors`, other);
  const files = `${dir}/model.safetensors,${dir}/other.safetensors`;
  return [
    "--model",
    files,
    "--dataset",
    `idx:${dir}/rows`,
    "--images",
    `${images}`,
    "--workers",
    "1",
  ];
}

/** Runs `evaluate` and gives its summary. */
async function evaluated(args: readonly string[]) {
  const end = await run(["evaluate", ...args, "--json"]);
  assert.equal(end.code, 0, end.errors);
  return { summary: JSON.parse(end.out), errors: end.errors };
}

const read = (path: string) => Deno.readFile(path);

Deno.test("--help of evaluate names every flag", async () => {
  const flags =
    "model network rename names out dataset bad-images norm epsilons budget within scale images seed backend device workers job slurm slurm-limit slurm-dry-run json help";
  const { code, out } = await run(["evaluate", "--help"]);
  assert.equal(code, 0);
  for (const flag of flags.split(" ")) assert.match(out, new RegExp(`^  --${flag}\\b`, "m"));
});

Deno.test("evaluate writes tables, a record and a page, and they agree", async () => {
  await withModel(async (dir) => {
    const out = `${dir}/out`;
    const { summary } = await evaluated([
      ...await models(dir),
      ...["--out", out, "--epsilons", "2/255,20", "--norm", "inf"],
    ]);
    assert.deepEqual(summary.epsilons, [2, 20]);
    assert.deepEqual([summary.norm, summary.units, summary.images], ["inf", "pixels 0-255", 20]);
    const names = summary.models.map(({ name }: { name: string }) => name);
    assert.deepEqual(names.toSorted(), ["model.safetensors", "other.safetensors"]);
    const means = summary.models.map((one: Record<string, number>) => one.mean_robust_accuracy);
    assert.ok(means[0] >= means[1]);

    const images = decodeTable(await read(`${out}/evaluate_images.arrow`), imagesColumns, out);
    assert.equal(images.length, 40);
    const rows = decodeTable(await read(`${out}/evaluate.arrow`), evaluateColumns, out);
    for (const { name, accuracy, robust_accuracies, curve } of summary.models) {
      const own = images.filter(({ model }) => model === name);
      const share = (holds: (row: typeof own[number]) => boolean) => own.filter(holds).length / 20;
      assert.equal(accuracy, share(({ label, predicted }) => label === predicted));
      robust_accuracies.forEach((robust: number, i: number) => {
        assert.equal(robust, share(({ norm }) => norm === null || norm > summary.epsilons[i]));
        const row = rows.find((row) =>
          row.model === name && row.measure === "robust_accuracy" && row.class === null &&
          row.epsilon === summary.epsilons[i]
        );
        assert.equal(row?.value, robust);
      });
      curve.forEach((value: number, i: number) => assert.ok(value <= (curve[i - 1] ?? accuracy)));
    }
    const csv = (await Deno.readTextFile(`${out}/evaluate.csv`)).split("\r\n");
    assert.match(csv[0]!, /^model,network,.*robust_accuracy_2\/255,robust_accuracy_20\/255,rho/);
    assert.deepEqual(csv.slice(1, 3).map((line) => line.split(",")[0]), names);

    const record = JSON.parse(await Deno.readTextFile(`${out}/evaluate.json`));
    assert.deepEqual(record.summary, summary);
    for (const { sha256 } of record.settings.models) assert.match(sha256, /^[0-9a-f]{64}$/);
    const html = await Deno.readTextFile(`${out}/evaluate.html`);
    for (const part of ["deno task evaluate --model", "easiest images", "hardest images"]) {
      assert.ok(html.includes(part), part);
    }
  });
});

Deno.test("what evaluate prints has a table that fits 80 columns, and says what the figures are", async () => {
  await withModel(async (dir) => {
    const names = ["--names", `${"a long name of a model ".repeat(5)}one,another`];
    const args = [...await models(dir), ...names, "--out", `${dir}/out`];
    const { code, out, errors } = await run(["evaluate", ...args]);
    assert.equal(code, 0, errors);
    const lines = out.split("\n");
    assert.match(lines[0]!, /^2 models on 20 test images of idx:rows, l∞ norm \(/);
    const at = lines.findIndex((line) => /^ε +clean/.test(line));
    assert.match(lines[at]!, /25\.5\/255 +51\/255 +76\.5\/255 +ρ∞ +by label$/);
    for (const line of lines.slice(at, at + 3)) assert.ok(line.length <= 80, line);
    assert.match(out, /an upper bound, over DeepFool, the fast minimum-norm attack/);
    assert.match(out, /The budget quick makes no AutoAttack/);
  });
});

Deno.test("evaluate takes an ONNX file, the l2 norm and the usual strengths of such images", async () => {
  await withOnnx(async (dir) => {
    const { summary } = await evaluated([
      ...["--model", `${dir}/m.onnx`, "--dataset", `idx:${dir}/rows`, "--out", `${dir}/out`],
      ...["--images", "10", "--workers", "1", "--norm", "l2"],
    ]);
    assert.deepEqual([summary.norm, summary.epsilons], ["2", [127.5, 255, 382.5]]);
    assert.equal(summary.models[0].network, "m.onnx");
  });
});

Deno.test("within none, strengths are in units of preprocessed inputs", async () => {
  await withModel(async (dir) => {
    const flags = ["--out", `${dir}/out`, "--within", "none", "--epsilons", "0.5,10"];
    const { summary } = await evaluated([...await models(dir), ...flags]);
    assert.deepEqual([summary.units, summary.epsilons], ["preprocessed inputs", [0.5, 10]]);
  });
});

Deno.test("evaluate finds what attack finds: the same ratios with DeepFool, the same accuracy under APGD", async () => {
  await withModel(async (dir) => {
    const own = [...model(dir), "--images", "20", "--workers", "1", "--norm", "2", "--json"];
    const attacked = async (...flags: string[]) => {
      const end = await run(["attack", ...own, "--out", `${dir}/attacked`, ...flags]);
      assert.equal(end.code, 0, end.errors);
      return JSON.parse(end.out);
    };
    const { rho2 } = await attacked("--attack", "deepfool");
    const { accuracy, accuracy_under_attack } = await attacked(
      ...["--attack", "apgd_ce", "--epsilon", "100"],
    );
    const { summary } = await evaluated([
      ...[...await models(dir), "--norm", "2", "--epsilons", "100", "--out", `${dir}/out`],
      ...["--names", "own,other"],
    ]);
    const one = (summary as EvaluationSummary).models.find(({ name }) => name === "own")!;
    assert.equal(one.accuracy, accuracy);
    assert.equal(one.rho.find(({ attack }) => attack === "deepfool")!.by_prediction, rho2);
    const under = one.under_attack.find(({ attack }) => attack === "apgd_ce")!;
    assert.equal(under.accuracy, accuracy_under_attack);
  });
});

/** Starts `evaluate`, interrupts it when some attacks have ended, and gives its end. */
async function interrupted(args: readonly string[], out: string): Promise<End> {
  const process = new Deno.Command(Deno.execPath(), {
    args: commandOf(["evaluate", ...args]),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = process.output();
  const done = () =>
    Deno.stat(`${out}/partial`).then(async () => {
      const folders = await Array.fromAsync(Deno.readDir(`${out}/partial`));
      const one = folders.find(({ isDirectory }) => isDirectory);
      if (!one) return 0;
      return (await Array.fromAsync(Deno.readDir(`${out}/partial/${one.name}`))).length;
    }).catch(() => 0);
  while (await done() < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  process.kill("SIGINT");
  return endOf(await output);
}

Deno.test("an evaluation that was interrupted goes on, to the same bits; the folder is refused to another", async () => {
  await withModel(async (dir) => {
    const flags = [...await models(dir, 60), "--epsilons", "8/255,20/255"];
    const [whole, cut] = [`${dir}/whole`, `${dir}/cut`];
    const first = await run(["evaluate", ...flags, "--out", whole]);
    assert.equal(first.code, 0, first.errors);
    const end = await interrupted([...flags, "--out", cut], cut);
    assert.equal(end.code, 130, end.errors);
    assert.match(end.errors, /interrupted after \d+ of 60 images \(.*\): the same command goes on/);

    const other = await run(["evaluate", ...flags, "--seed", "1", "--out", cut]);
    assert.equal(other.code, 1);
    assert.match(mistake(other), /cut: expected an empty folder or this evaluation's, got that of/);

    const rest = await runAlone(["evaluate", ...flags, "--out", cut]);
    assert.equal(rest.code, 0, rest.errors);
    for (const file of ["evaluate.arrow", "evaluate_images.arrow"]) {
      assert.deepEqual(await read(`${cut}/${file}`), await read(`${whole}/${file}`));
    }
    await assert.rejects(Deno.stat(`${cut}/partial`), Deno.errors.NotFound);

    const again = await run(["evaluate", ...flags, "--out", cut]);
    assert.match(again.errors, /note: this evaluation is in .*cut already/);
    assert.equal(again.out.split("\n\n")[1], rest.out.split("\n\n")[1]);
    const finished = await run(["evaluate", ...flags, "--norm", "2", "--out", cut]);
    assert.match(mistake(finished), /expected an empty folder or this evaluation's/);
  });
});
