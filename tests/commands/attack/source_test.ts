import assert from "node:assert/strict";
import { attacks } from "../../../lib/attacks/attacks.ts";
import { decodeTable } from "../../../lib/files/arrow.ts";
import { attacksColumns } from "../../../lib/jobs/run_folder.ts";
import { mlp } from "../../../lib/networks/mlp.ts";
import { encodeSafetensors } from "../../../lib/networks/safetensors.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { makeDataset, mistake, run, side } from "../command.ts";

const network = mlp([1, side, side], 4);

/** A folder with a dataset, `rows`, and two models, `a.safetensors` and `b.safetensors`. */
async function withModels(test: (dir: string) => Promise<void>): Promise<void> {
  await withFolder(async (dir) => {
    await makeDataset(dir);
    for (const name of ["a", "b"]) {
      const weights = encodeSafetensors(network.init(name), { made: "here" });
      await Deno.writeFile(`${dir}/${name}.safetensors`, weights);
    }
    await test(dir);
  });
}

const on = (dir: string, name: string) => [
  ...["attack", "--model", `${dir}/${name}.safetensors`, "--network", "mlp"],
  ...["--dataset", `idx:${dir}/rows`, "--images", "20", "--workers", "1", "--json"],
];

/** Runs `attack`, and gives its summary, its settings and its rows. */
async function attacked(dir: string, out: string, flags: readonly string[]) {
  const end = await run([...flags, "--out", `${dir}/${out}`]);
  assert.equal(end.code, 0, end.errors);
  const { settings } = JSON.parse(await Deno.readTextFile(`${dir}/${out}/attacks.json`));
  const file = await Deno.readFile(`${dir}/${out}/attacks.arrow`);
  return { summary: JSON.parse(end.out), settings, rows: decodeTable(file, attacksColumns, out) };
}

Deno.test("attack --source: attacks of all kinds are made on the source, and what counts is what it does to the model", async (t) => {
  await withModels(async (dir) => {
    const source = ["--source", `${dir}/a.safetensors`];
    const plain = await attacked(dir, "plain", on(dir, "a"));
    const itself = await attacked(dir, "itself", [...on(dir, "a"), ...source]);
    assert.deepEqual(itself.rows, plain.rows, "on itself, it is the attack as it is");
    const free = await attacked(dir, "free", on(dir, "b"));
    const column = (name: string, { rows }: typeof plain) =>
      rows.map((row) => row[name as keyof typeof row]);
    for (const attack of ["deepfool", "pgd", "square"]) { // The smallest step, a ball, no gradients.
      const { needs, options } = attacks[attack]!;
      await t.step(attack, async () => {
        const how = [
          ...["--attack", attack],
          ...needs.includes("epsilon") ? ["--epsilon", "30"] : [],
          ...options.iterations ? ["--iterations", "5"] : [],
        ];
        const own = await attacked(dir, `${attack}-own`, [...on(dir, "a"), ...how]);
        const other = await attacked(dir, `${attack}-other`, [...on(dir, "b"), ...source, ...how]);
        assert.deepEqual(column("norm", other), column("norm", own));
        assert.deepEqual(column("predicted", other), column("predicted", free));
        assert.equal(other.settings.source_file, `${dir}/a.safetensors`);
        assert.equal(other.settings.source_sha256, own.settings.weights_sha256);
        assert.notEqual(other.settings.weights_sha256, own.settings.weights_sha256);
      });
    }
  });
});

Deno.test("attack --source: a target counts where the model is led to it, each target in turn too", async () => {
  await withModels(async (dir) => {
    const flags = [...on(dir, "b"), "--source", `${dir}/a.safetensors`];
    const one = await attacked(dir, "one", [...flags, "--target", "2"]);
    const others = one.rows.filter(({ label }) => label !== 2);
    const reached = others.filter(({ fooled_as }) => fooled_as === 2).length / others.length;
    assert.equal(one.summary.reached, reached);
    const all = await attacked(dir, "all", [...flags, "--target", "all"]);
    assert.ok(all.summary.changed >= one.summary.changed);
  });
});

Deno.test("attack --source says what it was made on, in its first sentence and on its page", async () => {
  await withModels(async (dir) => {
    const flags = on(dir, "b").filter((flag) => flag !== "--json");
    const more = ["--source", `${dir}/a.safetensors`, "--out", `${dir}/told`];
    const { code, out, errors } = await run([...flags, ...more]);
    assert.equal(code, 0, errors);
    assert.match(
      out,
      /^ {2}The attack is made on MLP \(a\.safetensors\); the figures say what it does to MLP\.$/m,
    );
    const page = await Deno.readTextFile(`${dir}/told/attacks.html`);
    assert.match(page, /<dt>Made on<\/dt>\s*<dd>a\.safetensors, SHA-256 [0-9a-f]{64}/);
  });
});

Deno.test("attack: a dead network, and an attack that fools nothing, are in its summary", async () => {
  await withModels(async (dir) => {
    const dead = Object.entries(network.init("a")).map(([name, { shape, data }]) =>
      [name, { shape, data: data.map(() => 0) }] as const
    );
    const file = encodeSafetensors(Object.fromEntries(dead), { made: "here" });
    await Deno.writeFile(`${dir}/dead.safetensors`, file);
    const { summary } = await attacked(dir, "dead", on(dir, "dead"));
    const signs = summary.warning_signs.map(({ sign }: { sign: string }) => sign);
    assert.deepEqual(signs, ["zero gradient", "nothing fooled"]);
  });
});

const mistakes: readonly [what: string, flags: (dir: string) => string[], number, RegExp][] = [
  [
    "no file",
    (dir) => ["--source", `${dir}/none.safetensors`],
    1,
    /none\.safetensors: expected a readable file: there is none$/,
  ],
  [
    "another network's weights",
    (dir) => ["--source", `${dir}/a.safetensors`, "--source-network", "mlp_bn"],
    1,
    /a\.safetensors: expected a tensor /,
  ],
  [
    "other classes",
    (dir) => ["--source", `${dir}/ten.safetensors`],
    1,
    /ten\.safetensors: expected .*fc3.*\[4,? ?150\].*\[10,? ?150\]/,
  ],
  [
    "other inputs",
    (dir) => ["--source", `${dir}/wide.safetensors`],
    1,
    /wide\.safetensors: expected .*fc1.*36.*784/,
  ],
  [
    "an unknown network",
    (dir) => ["--source", `${dir}/a.safetensors`, "--source-network", "lenat"],
    2,
    /--source-network: expected one of .*, got lenat; did you mean lenet\?$/,
  ],
  [
    "a network without a source",
    () => ["--source-network", "mlp"],
    2,
    /expected --source with --source-network, got none$/,
  ],
  [
    "a network beside an ONNX file",
    (dir) => ["--source", `${dir}/a.onnx`, "--source-network", "mlp"],
    2,
    /--source-network: expected none, since a\.onnx holds its network, got mlp$/,
  ],
  [
    "a network that takes images in another form",
    (dir) => ["--source", `${dir}/a.safetensors`, "--source-network", "resnet18"],
    2,
    /--source: expected a network that takes images as the model does \(small\), got resnet18/,
  ],
];

Deno.test("attack --source refuses what does not fit, in one line", async (t) => {
  await withModels(async (dir) => {
    const ten = mlp([1, side, side], 10).init("ten");
    await Deno.writeFile(`${dir}/ten.safetensors`, encodeSafetensors(ten, {}));
    const wide = mlp([1, 28, 28], 4).init("wide");
    await Deno.writeFile(`${dir}/wide.safetensors`, encodeSafetensors(wide, {}));
    for (const [what, flags, code, message] of mistakes) {
      await t.step(what, async () => {
        const end = await run([...on(dir, "b"), "--out", `${dir}/new`, ...flags(dir)]);
        assert.equal(end.code, code);
        assert.match(mistake(end), message);
        await assert.rejects(Deno.stat(`${dir}/new`), Deno.errors.NotFound);
      });
    }
  });
});
