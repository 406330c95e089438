import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { pointsOf } from "../../../lib/commands/defend/grid/points.ts";
import { gridCsv, gridTable } from "../../../lib/commands/defend/grid/table.ts";
import { UserError } from "../../../lib/engine/user_error.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { mistake, run } from "../command.ts";

const example = fileURLToPath(new URL("../../examples/from_pytorch", import.meta.url));

/** Arguments of a grid of short trainings. */
const grid = (out: string, points: string, ...more: string[]) => [
  "defend",
  ...["--model", `${example}/net.onnx`, "--dataset", `tensors:${example}/images.safetensors`],
  ...["--epochs", "1", "--images", "10", "--held-out", "20", "--accuracy-loss", "50"],
  ...["--workers", "1", "--out", out, "--grid", points, ...more],
];

Deno.test("a grid's points are all combinations of its values", () => {
  assert.deepEqual(pointsOf("lambda=5,15  c=2"), [
    { name: "lambda=5,c=2", values: { lambda: "5", c: "2" } },
    { name: "lambda=15,c=2", values: { lambda: "15", c: "2" } },
  ]);
  assert.deepEqual(pointsOf("c=1,2 d=3,4").map(({ name }) => name), [
    "c=1,d=3",
    "c=1,d=4",
    "c=2,d=3",
    "c=2,d=4",
  ]);
  assert.deepEqual(pointsOf("fgs-epsilon=8/255").map(({ name }) => name), ["fgs-epsilon=8_255"]);
});

Deno.test("grids in another form are refused", () => {
  for (
    const text of [
      "",
      " ",
      "lambda",
      "lambda=",
      "lambda=5,",
      "lambda=5,5",
      "c=1 c=2",
      "out=a,b",
      "lamda=5",
    ]
  ) {
    assert.throws(
      () => pointsOf(text),
      (error) =>
        error instanceof UserError && error.exitCode === 2 &&
        /^reading --grid: expected/.test(error.message),
      text,
    );
  }
});

Deno.test("a grid's table has the model as it came, and one row per point", () => {
  const before = { accuracy: 0.98, rho2: 0.1, rho2_fmn: 0.09, accuracy_pgd: 0.2 };
  const after = { accuracy: 0.985, rho2: 0.2, rho2_fmn: null, accuracy_pgd: 0.5 };
  const rows = [
    { name: "lambda=5,c=2", outcome: { key: "a", summary: { kept: 3, before, after } } },
    { name: "lambda=15,c=2", outcome: { key: "b", diverged: "training diverged" } },
    { name: "lambda=25,c=2" },
  ];
  assert.equal(
    gridTable(rows),
    `               epoch kept  accuracy  ρ₂ DeepFool  ρ₂ FMN  under PGD
before                       98.00%          0.1    0.09     20.00%
lambda=5,c=2            3    98.50%          0.2       –     50.00%
lambda=15,c=2    diverged
lambda=25,c=2     missing`,
  );
  assert.equal(
    gridCsv(rows).replaceAll("\r", ""),
    `point,status,kept,accuracy,rho2,rho2_fmn,accuracy_pgd
"lambda=5,c=2",done,3,0.985,0.2,,0.5
"lambda=15,c=2",diverged,,,,,
"lambda=25,c=2",missing,,,,,
`,
  );
});

Deno.test("defend over a grid", async (test) => {
  await withFolder(async (dir) => {
    const out = `${dir}/out`;
    const points = "learning-rate=1e-4,1e30";

    await test.step("a part of the points is run, and those that are missing are said", async () => {
      const part = await run(grid(out, points, "--job", "1/2"));
      assert.equal(part.code, 0, part.errors);
      assert.doesNotMatch(part.out, /epoch kept/);
      const none = await run(grid(out, points, "--job", "none"));
      assert.equal(none.code, 1);
      assert.match(none.errors, /the grid has gaps: 1 of 2 points have not ended/);
      assert.match(none.out, /^learning-rate=1e-4 .*%\nlearning-rate=1e30 +missing$/m);
    });

    await test.step("the rest is run, a training that diverges is a result, and nothing is run twice", async () => {
      const record = `${out}/learning-rate=1e-4/defend.json`;
      const before = await Deno.readTextFile(record);
      for (const _ of ["run", "again"]) {
        const { code, out: text, errors } = await run(grid(out, points));
        assert.equal(code, 0, errors);
        assert.match(text, /^learning-rate=1e-4 .*%\nlearning-rate=1e30 +diverged$/m);
        assert.equal(await Deno.readTextFile(record), before);
      }
      assert.match(await Deno.readTextFile(`${out}/grid.csv`), /^learning-rate=1e30,diverged,/m);
    });

    await test.step("the folder of a grid with other settings is refused", async () => {
      const end = await run(grid(out, points, "--seed", "1"));
      assert.equal(end.code, 1);
      assert.match(
        mistake(end),
        /expected an empty folder or this grid's, got that of other settings/,
      );
    });

    const mistakes: readonly (readonly [string[], RegExp])[] = [
      [grid(out, points, "--learning-rate", "1"), /expected --learning-rate once, got it again/],
      [grid(out, points, "--json"), /expected --grid or --json, got both/],
      [
        grid(out, points, "--job", "3/2"),
        /--job: expected I\/N with I from 1 to N, or none, got 3\/2/,
      ],
      [["defend", "--job", "1/2"], /expected --grid with --job, got none/],
      [["defend", "--slurm", ""], /expected --grid with --slurm, got none/],
    ];
    for (const [args, message] of mistakes) {
      await test.step(`refused: ${args.slice(-2).join(" ")}`, async () => {
        const end = await run(args);
        assert.equal(end.code, 2, end.errors);
        assert.match(mistake(end), message);
      });
    }
  });
});
