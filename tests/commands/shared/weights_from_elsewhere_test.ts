import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readOptions as readAttack } from "../../../lib/commands/attack/options.ts";
import { readOptions as readDefend } from "../../../lib/commands/defend/options.ts";
import { namedModels } from "../../../lib/commands/evaluate/named_models.ts";
import { readOptions as readEvaluate } from "../../../lib/commands/evaluate/options.ts";
import { readOptions as readExport } from "../../../lib/commands/export/options.ts";
import { readOptions as readReproduce } from "../../../lib/commands/reproduce/options.ts";
import { renameOf } from "../../../lib/commands/shared/rename_flag.ts";
import { UserError } from "../../../lib/engine/user_error.ts";
import { readOnnx } from "../../../lib/networks/onnx/read_onnx.ts";
import {
  encodeSafetensors,
  readSafetensors,
  readWeights,
} from "../../../lib/networks/safetensors.ts";
import type { Weights } from "../../../lib/networks/weights.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { run } from "../command.ts";
import { encodeTiny } from "../../networks/onnx/tiny_model.ts";
import { network, weights, withModel } from "../small_model.ts";

const checkpoint = fileURLToPath(
  new URL("../../networks/elsewhere/checkpoint.pth", import.meta.url),
);

/** The error that a promise is rejected with. */
async function errorOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof UserError, String(error));
  assert.doesNotMatch(error.message, /\n/);
  return error;
}

/** The model's weights as another project names them: a prefix, `hidden` in place of `fc1`, and a counter. */
const foreign: Weights = Object.fromEntries([
  ["module.steps", { shape: [1], data: Float32Array.of(7) }],
  ...Object.entries(weights).map(([name, array]) =>
    [`module.${name.replace("fc1", "hidden")}`, array] as const
  ),
]);

/** A folder with the model and `foreign.safetensors`. */
const withForeign = (test: (dir: string, path: string) => Promise<void>) =>
  withModel(async (dir) => {
    await Deno.writeFile(`${dir}/foreign.safetensors`, encodeSafetensors(foreign));
    await test(dir, `${dir}/foreign.safetensors`);
  });

const lists: readonly (readonly [string, Record<string, string> | RegExp])[] = [
  ["a=b", { a: "b" }],
  ["layers.0=fc1,head.weight=fc2.weight", { "layers.0": "fc1", "head.weight": "fc2.weight" }],
  ["student=", { student: "" }],
  ["a", /^reading --rename: expected FILE\.json or OLD=NEW,\.\.\., each OLD once, got a$/],
  ["a=b=c", /each OLD once, got a=b=c$/],
  ["a=b,", /each OLD once, got a=b,$/],
  ["=b", /each OLD once, got =b$/],
  ["a=b,a=c", /each OLD once, got a=b,a=c$/],
];
for (const [text, expected] of lists) {
  Deno.test(`--rename ${text}`, async () => {
    if (!(expected instanceof RegExp)) return assert.deepEqual(await renameOf(text), expected);
    const { message, exitCode } = await errorOf(renameOf(text));
    assert.match(message, expected);
    assert.equal(exitCode, 2);
  });
}

const files: readonly (readonly [string, Record<string, string> | RegExp])[] = [
  ['{"a": "b", "c": ""}', { a: "b", c: "" }],
  ["{}", {}],
  ["{", /names\.json: expected a JSON object of names, got /],
  ["[]", /names\.json: expected a JSON object of names, got \[\]$/],
  ["null", /names\.json: expected a JSON object of names, got null$/],
  ['{"a": 1}', /names\.json: expected a JSON object of names, got \{"a": 1\}$/],
  ['{"": "a"}', /names\.json: expected a JSON object of names/],
];
for (const [text, expected] of files) {
  Deno.test(`--rename FILE.json, with ${text}`, async () => {
    await withFolder(async (dir) => {
      await Deno.writeTextFile(`${dir}/names.json`, text);
      const read = renameOf(`${dir}/names.json`);
      if (!(expected instanceof RegExp)) return assert.deepEqual(await read, expected);
      assert.match((await errorOf(read)).message, expected);
    });
  });
}

/** Each command's reader of flags, the flags that it needs besides the model, and where the map then is. */
const commands = {
  attack: [readAttack, ["--out", "x"], "model"],
  defend: [readDefend, ["--out", "x"], "model"],
  export: [readExport, ["--to", "onnx", "x"], "model"],
  evaluate: [readEvaluate, ["--out", "x"], undefined],
  reproduce: [readReproduce, [], undefined],
} as const;

for (const [command, [read, others, place]] of Object.entries(commands)) {
  Deno.test(`${command} takes --rename, not beside an ONNX file, and names another kind of file first`, async () => {
    const rename = ["--rename", "hidden=fc1"];
    const flags = ["--model", "w.safetensors", "--network", "mlp", ...rename, ...others];
    const options = await read(flags) as unknown as Record<string, { rename?: unknown }>;
    const holder = place ? options[place]! : options;
    assert.deepEqual(holder.rename, { hidden: "fc1" });
    const onnx = await errorOf(read(["--model", "m.onnx", ...rename, ...others]));
    assert.match(onnx.message, /^reading --rename: expected /);
    assert.equal(onnx.exitCode, 2);
    if (command === "evaluate") return; // It reads files later.
    assert.match(
      (await errorOf(read(["--model", checkpoint, ...others]))).message,
      /checkpoint\.pth: expected an ONNX model, or safetensors with --network, got a PyTorch checkpoint .* writes ONNX: torch\.onnx\.export/,
    );
  });
}

Deno.test("evaluate finds the network of weights with other names", async () => {
  await withForeign(async (_, path) => {
    const rename = { "module.hidden": "module.fc1" };
    const [model] = await namedModels({ paths: [path], rename });
    assert.equal(model!.network, "mlp");
    assert.deepEqual(model!.rename, rename);
    const { message } = await errorOf(namedModels({ paths: [checkpoint] }));
    assert.match(message, /expected an ONNX model, .*, got a PyTorch checkpoint .* writes ONNX: /);
  });
});

Deno.test("weights with other names become the network's, and what differs is said", async () => {
  await withForeign(async (_, path) => {
    const notes: string[] = [];
    const rename = { "module.hidden": "module.fc1" };
    const onNote = (note: string) => void notes.push(note);
    assert.deepEqual(await readWeights(path, network, { rename, onNote }), weights);
    assert.deepEqual(notes, [
      "names begin with module., which is left out",
      "1 tensor that the network lacks, left out: module.steps",
    ]);
  });
});

Deno.test("export writes weights with other names under the network's, and tells", async () => {
  await withForeign(async (dir, path) => {
    const rename = ["--rename", "module.hidden=module.fc1"];
    const model = ["--model", path, "--network", "mlp", "--dataset", `idx:${dir}/rows`];
    const args = [...model, ...rename, "--to", "safetensors", `${dir}/own`];
    const end = await run(["export", ...args]);
    assert.equal(end.code, 0, end.errors);
    assert.deepEqual((await readSafetensors(`${dir}/own`)).weights, weights);
    assert.match(end.errors, /^note: \S+foreign\.safetensors: names begin with module\., which/m);
  });
});

Deno.test("export puts weights with other names, and without constants, into an ONNX file", async () => {
  await withFolder(async (dir) => {
    const nodes = [
      { op: "Flatten", inputs: ["x"] },
      { op: "Mul", inputs: ["v0", "constant"] },
      { op: "Gemm", inputs: ["v1", "fc.weight", "fc.bias"] },
    ];
    const tensors = {
      constant: { shape: [1] },
      "fc.weight": { shape: [9, 4] },
      "fc.bias": { shape: [4] },
    };
    await Deno.writeFile(`${dir}/m.onnx`, encodeTiny({ inputShape: [1, 3, 3], nodes, tensors }));
    const { weights: { constant, ...own } } = await readOnnx(`${dir}/m.onnx`);
    const moved = Object.entries(own).map(([name, { shape, data }]) =>
      [name, { shape, data: data.map((value) => value + 1) }] as const
    );
    const renamed = moved.map(([name, array]) => [name.replace("fc", "classifier"), array]);
    await Deno.writeFile(`${dir}/moved`, encodeSafetensors(Object.fromEntries(renamed)));
    const other = ["--weights", `${dir}/moved`, "--rename", "classifier=fc"];
    const args = ["--model", `${dir}/m.onnx`, ...other, "--to", "onnx", `${dir}/new.onnx`];
    const end = await run(["export", ...args]);
    assert.equal(end.code, 0, end.errors);
    assert.match(end.errors, /^note: \S+moved: 1 tensor missing, so constants stay: constant$/m);
    const { weights } = await readOnnx(`${dir}/new.onnx`);
    assert.deepEqual(weights, { constant, ...Object.fromEntries(moved) });
  });
});

Deno.test("reproduce's jobs on weights with other names depend on the map", async () => {
  await withForeign(async (dir, path) => {
    const rename = ["--rename", "module.hidden=module.fc1"];
    const out = ["--dataset", `idx:${dir}/rows`, "--out", `${dir}/new`, "--profile", "smoke"];
    const end = await run(["reproduce", "--list", "--json", "--model", path, ...rename, ...out]);
    assert.equal(end.code, 0, end.errors);
    const jobs = end.out.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(jobs[0].settings.rename, { "module.hidden": "module.fc1" });
    assert.equal(jobs[0].settings.network, "mlp");
  });
});
