import assert from "node:assert/strict";
import { readOptions } from "../../../lib/commands/evaluate/options.ts";
import { UserError } from "../../../lib/engine/user_error.ts";
import { mlp } from "../../../lib/networks/mlp.ts";
import { encodeSafetensors } from "../../../lib/networks/safetensors.ts";
import { encodeTiny } from "../../networks/onnx/tiny_model.ts";
import { side } from "../command.ts";
import { type Mistake, refuseAll, withOnnx } from "../small_model.ts";

const usage: readonly (readonly [flags: string, RegExp])[] = [
  ["--out o", /expected --model, got none$/],
  ["--model a.onnx", /expected --out, got none$/],
  ["--model a.onnx, --out o", /--model: expected values between single commas, got a\.onnx,$/],
  ...([
    ["--norm two", /--norm: expected inf or 2, got two$/],
    ["--norm 1", /--norm: expected inf or 2, got 1$/],
    ["--budget quik", /--budget: expected one of quick, standard, got quik; did you mean quick\?$/],
    ["--epsilons=8/255,-1", /--epsilons: expected a number from 0 to 3.4e\+38, got -1$/],
    ["--epsilons NaN", /--epsilons: expected a number from 0 to 3.4e\+38, got NaN$/],
    ["--epsilons 8/0", /--epsilons: expected a fraction such as 8\/255, got 8\/0$/],
    ["--epsilons 8/255,0.3", /--epsilons: .*write 0\.3\/1 for .* \(76\.5 pixels\)/],
    ["--epsilons 0,8", /--epsilons: expected strengths above 0, got 0,8$/],
    ["--epsilons 8/255,8", /--epsilons: expected each once, got 8 again$/],
    ["--epsilons 8/255,,2", /--epsilons: expected values between single commas, got 8\/255,,2$/],
    ["--within none", /expected --epsilons, got none$/],
    ["--within none --epsilons 1 --scale unit", /--scale: expected --within pixels, since/],
    ["--attack pgd", /expected a known flag, got --attack/],
    ["--target 1", /expected a known flag, got --target/],
    ["--seed=-1", /--seed: expected a whole number from 0, got -1$/],
    ["--images 0", /--images: expected a whole number from 1, got 0$/],
    ["--job 1/2 --json", /--job: expected --job or --json, got both$/],
    ["--names a", /--names: expected 2, one for each model, got 1$/],
    ["--names a,a", /--names: expected each once, got a,a$/],
    ["--network mpl", /--network: expected one of .* did you mean mlp\?$/],
    ["here", /expected flags only, got here$/],
  ] as [string, RegExp][]).map(([flags, message]) =>
    [`--model a.onnx,b.safetensors --out o ${flags}`, message] as const
  ),
  [
    "--model a.onnx --out o --network mlp",
    /--network: expected none, since ONNX files hold their networks, got mlp$/,
  ],
];

for (const [flags, message] of usage) {
  Deno.test(`evaluate ${flags} is refused`, async () => {
    await assert.rejects(
      readOptions(flags.split(" ")),
      (error) => error instanceof UserError && error.exitCode === 2 && message.test(error.message),
    );
  });
}

/** `evaluate` of the small model with more flags. */
const evaluate = (...flags: string[]) => (dir: string) => [
  "evaluate",
  ...["--model", `${dir}/model.safetensors`, "--dataset", `idx:${dir}/rows`],
  ...["--out", `${dir}/new`, ...flags],
];

/** `evaluate` of some files of a folder. */
const evaluateFiles = (files: string, ...flags: string[]) => (dir: string) => [
  "evaluate",
  ...["--model", files.split(",").map((file) => `${dir}/${file}`).join(",")],
  ...["--dataset", `idx:${dir}/rows`, "--out", `${dir}/new`, ...flags],
];

const mistakes: readonly Mistake[] = [
  ["an unknown norm", evaluate("--norm", "two"), 2, /--norm: expected inf or 2, got two$/],
  [
    "networks that take images in other forms",
    evaluateFiles("m.onnx,model.safetensors", "--network", "resnet18"),
    2,
    /expected networks that take images in one form \(small\), got resnet18 \(torchvision\)$/,
  ],
  [
    "the same file twice",
    evaluateFiles("m.onnx,model.safetensors,m.onnx"),
    2,
    /--model: expected files that differ, got \S+m\.onnx twice$/,
  ],
  [
    "a copy of a file",
    evaluateFiles("m.onnx,copy.onnx"),
    2,
    /--model: expected files that differ, got \S+copy\.onnx, the same as \S+m\.onnx$/,
  ],
  [
    "a file that is not there",
    evaluateFiles("m.onnx,none.onnx"),
    1,
    /none\.onnx/,
  ],
  [
    "weights of no known network",
    evaluateFiles("unknown.safetensors"),
    1,
    /unknown\.safetensors: expected the parameters of one of the networks mlp/,
  ],
  [
    "weights of another network than --network",
    evaluate("--network", "lenet"),
    1,
    /lenet/,
  ],
  [
    "safetensors of other classes than the dataset",
    evaluateFiles("three.safetensors"),
    1,
    /of shape \[4.*\], got \[3/,
  ],
  [
    "an ONNX file of other classes than the dataset",
    evaluateFiles("model.safetensors,three.onnx"),
    1,
    /three\.onnx: expected logits of the dataset's 4 classes, got 3$/,
  ],
  ["an ONNX file of other inputs", evaluateFiles("m.onnx,wide.onnx"), 1, /wide\.onnx/],
  [
    "a folder with what is no evaluation's record",
    (dir) =>
      evaluateFiles("m.onnx", "--out", `${dir}/foreign`)(dir).filter((word, i, all) =>
        !(word === "--out" && all.indexOf(word) === i) && word !== `${dir}/new`
      ),
    1,
    /foreign: expected an empty folder or this evaluation's, got that of other models/,
  ],
];

Deno.test("mistakes in evaluate's usage and files are one line, with an exit code, and leave nothing", async (t) => {
  await withOnnx(async (dir) => {
    await Deno.copyFile(`${dir}/m.onnx`, `${dir}/copy.onnx`);
    const three = mlp([1, side, side], 3);
    await Deno.writeFile(`${dir}/three.safetensors`, encodeSafetensors(three.init("three"), {}));
    const unknown = { "a.weight": { shape: [1], data: new Float32Array(1) } };
    await Deno.writeFile(`${dir}/unknown.safetensors`, encodeSafetensors(unknown, {}));
    const linear = (inputs: number[], classes: number) => {
      const length = inputs.reduce((a, b) => a * b);
      return encodeTiny({
        inputShape: inputs,
        nodes: [
          { op: "Flatten", inputs: ["x"] },
          { op: "Gemm", inputs: ["v0", "w", "b"] },
        ],
        tensors: { w: { shape: [length, classes] }, b: { shape: [classes] } },
        batch: 1,
      });
    };
    await Deno.writeFile(`${dir}/three.onnx`, linear([1, side, side], 3));
    await Deno.writeFile(`${dir}/wide.onnx`, linear([1, side, side + 1], 4));
    await Deno.mkdir(`${dir}/foreign`);
    await Deno.writeTextFile(`${dir}/foreign/evaluate.json`, "[]");
    await refuseAll(t, dir, mistakes);
  });
});
