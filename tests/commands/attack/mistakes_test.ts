import assert from "node:assert/strict";
import { encodeSafetensors } from "../../../lib/networks/safetensors.ts";
import { mistake, run } from "../command.ts";
import { type Mistake, model, refuseAll, weights, withModel, withOnnx } from "../small_model.ts";

const mistakes: readonly Mistake[] = [
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
    /--attack: expected one of deepfool, fmn, ddn, fab, fab_t, fgs, pgd, apgd_ce, apgd_dlr, apgd_t, square, auto_attack, got cw/,
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
    (dir) => ["attack", ...model(dir), "--out", `${dir}/new`, "--attack", "fmn", "--norm", "l3"],
    2,
    /--norm: expected 2, inf or 1 for the fast minimum-norm attack, got l3$/,
  ],
  [
    "a norm that DDN lacks",
    (dir) => ["attack", ...model(dir), "--out", `${dir}/new`, "--attack", "ddn", "--norm", "inf"],
    2,
    /--norm: expected 2 for the decoupled direction and norm attack, got inf$/,
  ],
  [
    "an unknown norm",
    (dir) => ["attack", ...model(dir), "--out", `${dir}/new`, "--attack", "fmn", "--norm", "two"],
    2,
    /--norm: expected a number from 1 to 3.4e\+38, got two$/,
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
    /flags that fgs has, got --norm; fgs has --epsilon$/,
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
      /--within pixels, since/,
    ],
    ["p = 3 within pixels", ["--norm", "3"], 2, /--norm: expected 1, 2 or inf for DeepFool within/],
    ["a target that is no class", ["--target", "first"], 2, /--target: expected a whole number/],
    ["a class too many", ["--target", "4"], 2, /--target: expected a class below 4 or all, got 4$/],
    [
      "a target for an attack that tries classes in turn",
      ["--attack", "apgd_t", "--epsilon", "8/255", "--target", "all"],
      2,
      /--target: expected an attack that can be directed towards a class, got --attack apgd_t$/,
    ],
    [
      "a norm that APGD lacks",
      ["--attack", "apgd_ce", "--epsilon", "8/255", "--norm", "1"],
      2,
      /--norm: expected inf or 2 for APGD on the cross-entropy, got 1$/,
    ],
    [
      "no restarts",
      ["--attack", "apgd_ce", "--epsilon", "8/255", "--restarts", "0"],
      2,
      /--restarts: expected a whole number from 1, got 0$/,
    ],
    [
      "restarts of an attack that has none",
      ["--attack", "deepfool", "--restarts", "2"],
      2,
      /flags that deepfool has, got --restarts; deepfool has --norm, --iterations, --overshoot$/,
    ],
    [
      "classes in turn for an attack that tries none",
      ["--attack", "apgd_ce", "--epsilon", "8/255", "--target-classes", "3"],
      2,
      /flags that apgd_ce has, got --target-classes; apgd_ce has/,
    ],
    [
      "a target for an attack with targets of its own",
      ["--attack", "fab_t", "--target", "3"],
      2,
      /--target: expected an attack that can be directed towards a class, got --attack fab_t$/,
    ],
    [
      "a norm that Square lacks",
      ["--attack", "square", "--epsilon", "8/255", "--norm", "1"],
      2,
      /--norm: expected inf or 2 for the Square attack, got 1$/,
    ],
    [
      "an epsilon for FAB, which looks for the smallest norm",
      ["--attack", "fab", "--epsilon", "8/255"],
      2,
      /flags that fab has, got --epsilon; fab has --norm, --iterations, --overshoot$/,
    ],
    ["no epsilon for Square", ["--attack", "square"], 2, /expected --epsilon, got none$/],
    ["a scale of three channels", ["--scale", "caffe"], 1, /channels are \[2,1,0\] in some order/],
  ] as const).map(([what, flags, code, message]): Mistake => [
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
];

Deno.test("mistakes of attack are one line and an exit code, and leave nothing", async (t) => {
  await withModel(async (dir) => {
    await refuseAll(t, dir, mistakes);
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
  });
});

Deno.test("mistakes of attack with ONNX files are one line and an exit code", async (t) => {
  await withOnnx(async (dir) => {
    const file = `${dir}/m.onnx`;
    const out = ["--dataset", `idx:${dir}/rows`, "--out", `${dir}/out`];
    await refuseAll(t, dir, [
      [
        "a network",
        () => ["attack", "--model", file, "--network", "mlp", ...out],
        2,
        /expected none, since m\.onnx holds its network, got mlp$/,
      ],
      [
        "two models",
        () => ["attack", "--model", file, "--weights", file, ...out],
        2,
        /expected --model or --weights, got both$/,
      ],
      [
        "another dataset",
        () => ["attack", "--model", file, "--dataset", "mnist", "--out", dir],
        1,
        /an input of shape \[N, 1, 28, 28\], got \[1, 1, 6, 6\]$/,
      ],
    ]);
  });
});
