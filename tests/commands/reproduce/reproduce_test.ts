import assert from "node:assert/strict";
import { decodeTable } from "../../../lib/files/arrow.ts";
import { table1Columns, type Table1Row } from "../../../lib/experiments/table1.ts";
import { figure2Columns } from "../../../lib/experiments/figure2.ts";
import { mlp } from "../../../lib/networks/mlp.ts";
import { encodeSafetensors } from "../../../lib/networks/safetensors.ts";
import { withFolder } from "../../data/idx/fixture.ts";
import { withMetadata } from "../../jobs/small_experiment.ts";
import { filesBelow } from "../../files_below.ts";
import { commandOf, endOf, makeDataset, mistake, run, runAlone, side } from "../command.ts";

const smoke = (dir: string, out: string, workers = "1") => [
  "reproduce",
  "--profile",
  "smoke",
  "--dataset",
  `idx:${dir}/rows`,
  "--workers",
  workers,
  "--out",
  `${dir}/${out}`,
];

const mistakes: readonly (readonly [string[], number, RegExp])[] = [
  [
    [],
    2,
    /expected one of reproduce, report, attack, evaluate, defend, export, notebooks, got none$/,
  ],
  [
    ["reproduse"],
    2,
    /expected one of reproduce, report, attack, evaluate, defend, export, notebooks, got reproduse; did you mean reproduce\?$/,
  ],
  [
    ["paint"],
    2,
    /expected one of reproduce, report, attack, evaluate, defend, export, notebooks, got paint$/,
  ],
  [["reproduce", "--sead", "1"], 2, /got --sead; did you mean --seed\?$/],
  [
    ["reproduce", "--network", "mpl"],
    2,
    /--network: expected one of mlp, mlp_bn, lenet, .*got mpl; did you mean mlp\?$/,
  ],
  [["reproduce", "--method", "magic"], 2, /--method: expected one of reference.*got magic$/],
  [
    [
      "reproduce",
      "--only",
      "figure3,figure2",
      "--method",
      "adv_train_2",
      "--network",
      "mlp",
      "--list",
    ],
    2,
    /expected at least one, got none: figure3 is about the network lenet, not about mlp; figure2 is about the methods clean, .*, not about adv_train_2$/,
  ],
  [
    ["reproduce", "--only", "table9"],
    2,
    /--only: expected one of table1, robustness, .*got table9/,
  ],
  [
    ["reproduce", "--weights", "a.safetensors", "--trained", "b"],
    2,
    /expected --model or --trained, got both$/,
  ],
  [
    ["reproduce", "--trained", "outputs/paper", "--network", "mlp", "--seed", "1", "--list"],
    2,
    /--trained: expected the weights of mlp reference seed 1 in .*, got those of mlp reference seed 0, /,
  ],
  [
    ["reproduce", "--trained", "no-such-folder", "--list"],
    1,
    /expected tables such as table1.arrow in the folder .*no-such-folder, got none$/,
  ],
  [["reproduce", "--profile", "slow"], 2, /--profile: expected one of smoke, quick, paper/],
  [["reproduce", "--epochs", "0"], 2, /--epochs: expected a whole number from 1 to 65535, got 0$/],
  [["reproduce", "--epochs", "1000000000"], 2, /--epochs: expected .* 1 to 65535, got 1000000000$/],
  [["reproduce", "--workers", "999"], 2, /expected 1 to 256 workers, got 999$/],
  [["reproduce", "--network", "m".repeat(1e5)], 2, /got m{80}\.\.\. \(100000 characters\)$/],
  [["w".repeat(1e5)], 2, /got w{80}\.\.\. \(100000 characters\)$/],
  [
    ["reproduce", "--" + "f".repeat(1e5)],
    2,
    /got --f{78}\.\.\. \(100002 characters\); --help names all$/,
  ],
  [["reproduce", "--seed", "-1"], 2, /--seed: expected a whole number from 0, got -1$/],
  [["reproduce", "--workers", "0"], 2, /--workers: expected a whole number from 1, got 0$/],
  [
    ["reproduce", "--job", "3/2"],
    2,
    /--job: expected I\/N with I from 1 to N, the ids of jobs, or none, got 3\/2$/,
  ],
  [
    ["reproduce", "--job", "0123456789abcdef", "--json"],
    2,
    /--json: expected it with --list, or with --job I\/N or none, got --job 0123456789abcdef$/,
  ],
  [
    ["reproduce", "--dataset", "cifar"],
    2,
    /expected one of mnist, cifar10, cifar10:DIR, idx:DIR, imagenet:DIR, tensors:FILE, got "cifar"$/,
  ],
  [
    ["reproduce", "--dataset", "tensors:data.safetensors"],
    2,
    /expected images, got tensors:.*data\.safetensors: attack, evaluate and defend take such files$/,
  ],
  [["reproduce", "--dataset", "idx:/nowhere/at/all"], 1, /\/nowhere\/at\/all: expected a folder/],
  [
    ["reproduce", "--dataset", "cifar10:/nowhere/at/all"],
    1,
    /\/nowhere\/at\/all\/data_batch_1\.bin: expected a batch of CIFAR-10's .*: there is none$/,
  ],
  [
    ["reproduce", "--weights", "w", "--network", "mlp,lenet"],
    2,
    /--weights: expected one --network to load them into, got mlp, lenet$/,
  ],
  [
    ["reproduce", "--weights", "w", "--model", "w"],
    2,
    /expected --model or --weights, got both$/,
  ],
  [
    ["reproduce", "--model", "/nowhere/net.onnx"],
    1,
    /\/nowhere\/net\.onnx: expected a readable file: there is none$/,
  ],
  [
    ["reproduce", "--model", "net.onnx", "--network", "mlp"],
    2,
    /--network: expected none, since net\.onnx holds its network and weights, got mlp$/,
  ],
  [
    ["reproduce", "--scale", "unit"],
    2,
    /--scale: expected an ONNX file as --model with it, got none$/,
  ],
  [["reproduce", "--model", "/nowhere/w"], 1, /\/nowhere\/w: .*there is none$/],
  [["reproduce", "--weights", "/nowhere/w"], 1, /\/nowhere\/w: .*there is none$/],
  [["reproduce", "--dataset", "imagenet:/nowhere"], 1, /\/nowhere: expected a folder/],
  [
    ["reproduce", "--image-size", "64"],
    2,
    /--image-size: expected imagenet:DIR as --dataset with it, got mnist$/,
  ],
  [
    [
      "attack",
      "--model",
      "w",
      "--network",
      "mlp",
      "--out",
      "o",
      "--dataset",
      "imagenet:d",
      "--image-size",
      "0",
    ],
    2,
    /--image-size: expected a whole number from 1 to 1024, got 0$/,
  ],
  [["reproduce", "--bad-images", "keep"], 2, /--bad-images: expected one of skip, stop, got keep/],
  [
    ["reproduce", "--bad-images", "stop"],
    2,
    /--bad-images: expected imagenet:DIR as --dataset with it, got mnist$/,
  ],
  [["reproduce", "extra"], 2, /expected flags only, got extra$/],
  [["reproduce", "--at-once", "0"], 2, /--at-once: expected a whole number from 1 to 256, got 0$/],
  [["reproduce", "--slurm"], 2, /expected a value after --slurm, got none$/],
  [["reproduce", "--slurm", "", "--list"], 2, /expected --slurm or --list, got both$/],
];

Deno.test("mistakes are one line and an exit code", async (test) => {
  for (const [args, code, message] of mistakes) {
    await test.step(args.join(" ") || "nothing", async () => {
      const end = await run(args);
      assert.equal(end.code, code, end.errors);
      assert.match(mistake(end), message);
      assert.equal(end.errors.trim().split("\n").length, 1, end.errors);
      assert.equal(end.out, "");
    });
  }
});

Deno.test("where sbatch may not be started, --slurm is one line that names its Debian package", async () => {
  const end = await runAlone(["reproduce", "--slurm", "--time=1", "--profile", "smoke"]);
  assert.equal(end.code, 1);
  assert.match(
    mistake(end),
    /expected its command sbatch .*\(Debian's package slurm-client\), got/,
  );
});

Deno.test("--help names every flag and what it stands at", async () => {
  const { code, out } = await run(["reproduce", "--help"]);
  assert.equal(code, 0);
  const flags =
    "profile only dataset bad-images image-size network method epochs model scale weights rename trained seed backend device workers out at-once job slurm slurm-limit slurm-dry-run list json help";
  for (const flag of flags.split(" ")) assert.match(out, new RegExp(`^  --${flag}\\b`, "m"));
});

Deno.test("reproduce takes images only, and its --help offers no other datasets", async () => {
  const { out } = await run(["reproduce", "--help"]);
  assert.match(out, /imagenet:DIR/);
  assert.doesNotMatch(out, /tensors:FILE/);
});

/** What lines of a log begin with. */
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /;

/** What is said where jobs are missing. */
const gaps = /the results have gaps: \d+ of 14 jobs are not in them \([^)]*\)/;

/** Table 1 of an experiment, as --json prints it and as its file has it. */
async function table(folder: string): Promise<Table1Row[]> {
  const bytes = await Deno.readFile(`${folder}/table1.arrow`);
  return decodeTable(bytes, table1Columns, folder);
}

/** The text of a config.json as versions before checksums wrote it. */
function withoutChecksums(text: string): string {
  const { files: _files, sha256: _sha256, ...config } = JSON.parse(text);
  return JSON.stringify(config);
}

Deno.test("an experiment from nothing to its report, and what may come between", async (test) => {
  await withFolder(async (dir) => {
    await makeDataset(dir);

    await test.step("--list prints the jobs and writes nothing", async () => {
      const { code, out } = await run([...smoke(dir, "whole"), "--list"]);
      assert.equal(code, 0);
      const lines = out.trim().split("\n");
      assert.equal(lines.length, 14);
      const half = await run([...smoke(dir, "whole"), "--list", "--job", "14/14"]);
      assert.match(half.out, /^14 .* mlp deep_defense_adv_train_2 seed 0 under FGS\n$/m);
      for (const line of lines) assert.match(line, /^\d+ +[0-9a-f]{16} +waiting +mlp /);
      const twice = await run([...smoke(dir, "whole"), "--list", "--seed", "0,0"]);
      assert.equal(twice.out, out);
      await assert.rejects(Deno.stat(`${dir}/whole`), Deno.errors.NotFound);
    });

    await test.step("a run ends with tables, a report and rows as JSON", async () => {
      const { code, out, errors } = await runAlone([...smoke(dir, "whole"), "--json"]);
      assert.equal(code, 0, errors);
      const ended = errors.trim().split("\n").filter((line) => line.includes("✓"));
      assert.equal(ended.length, 14, errors);
      ended.forEach((line, i) =>
        assert.match(
          line.replace(stamp, ""),
          new RegExp(`^✓ mlp \\w+ seed 0.* \\([\\d.]+ s\\)  \\[${i + 1}/14\\]$`),
        )
      );
      const lines: (Table1Row & { experiment: string })[] = out.trim().split("\n")
        .map((line) => JSON.parse(line));
      const rowsOf = (name: string) =>
        lines.flatMap(({ experiment, ...row }) => experiment === name ? [row] : []);
      const rows = rowsOf("table1");
      assert.deepEqual(rows, await table(`${dir}/whole`));
      assert.deepEqual(rows.map(({ method, status }) => `${method} ${status}`), [
        "reference done",
        "clean done",
        "parseval done",
        "adv_train_1 done",
        "adv_train_2 done",
        "deep_defense done",
        "deep_defense_adv_train_2 done",
      ]);
      for (const { accuracy, rho2, epsilon_ref } of rows) {
        assert.ok([accuracy! > 0.5, rho2! > 0, epsilon_ref! > 0].every(Boolean), out);
      }
      const curves = await Deno.readFile(`${dir}/whole/figure2.arrow`);
      assert.equal(decodeTable(curves, figure2Columns, "figure2.arrow").length, 4 * 4);
      assert.equal(rowsOf("figure2").length, 4 * 4);
      const report = await Deno.readTextFile(`${dir}/whole/report.html`);
      assert.match(report, /^<!doctype html>/);
      assert.match(report, /Deep Defense: idx:rows, profile smoke/);
      assert.ok(!report.includes("The paper's claims") && !report.includes("holds"));
      for (const heading of ["CIFAR-10", "What a training step costs"]) {
        assert.ok(report.includes(`>${heading}</h2>`), heading);
      }
    });

    await test.step("given again, it runs no job and prints the table as text", async () => {
      const { code, out, errors } = await run(smoke(dir, "whole"));
      assert.equal(code, 0, errors);
      assert.equal(errors.trim(), "");
      assert.match(out, /^MLP$\n^Reference +\d+\.\d\d% +0\.\d+( +\d+\.\d\d%){3}$/m);
      assert.match(out, /^ours, one seed$/m);
      assert.match(out, /^the report is \/.*whole\/report\.html$/m);
      const list = await run([...smoke(dir, "whole"), "--list"]);
      assert.equal(list.out.match(/ done /g)?.length, 14);
    });

    await test.step("results of another version are refused in one line", async () => {
      const [id] = (await table(`${dir}/whole`)).map(({ run_id }) => run_id);
      const path = `${dir}/whole/runs/${id}/attacks.arrow`;
      const good = await Deno.readFile(path);
      const other = withMetadata(good, { format_version: "9" });
      await Deno.writeFile(path, other);
      const config = `${dir}/whole/runs/${id}/config.json`;
      const own = await Deno.readTextFile(config);
      await Deno.writeTextFile(config, withoutChecksums(own));
      const end = await run(smoke(dir, "whole"));
      await Deno.writeFile(path, good);
      await Deno.writeTextFile(config, own);
      assert.equal(end.code, 1);
      assert.match(
        mistake(end),
        /attacks\.arrow: expected results of format version 1, got 9; remove the run's folder/,
      );
    });

    await test.step("a damaged run is listed as such, computed again and told of in one line", async () => {
      const [{ run_id }] = await table(`${dir}/whole`) as [Table1Row];
      const path = `${dir}/whole/runs/${run_id}/config.json`;
      const right = await table(`${dir}/whole`);
      const figures = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, figures.replace('"rho2": ', '"rho2": 1'));
      const list = await run([...smoke(dir, "whole"), "--list"]);
      assert.equal(list.out.match(/ damaged /g)?.length, 1);
      const end = await run(smoke(dir, "whole"));
      assert.equal(end.code, 0, end.errors);
      const told = end.errors.split("\n").filter((line) => line.includes("computed again"));
      assert.equal(told.length, 1, end.errors);
      assert.ok(told[0]!.replace(stamp, "").startsWith(`reading ${path}: expected `), told[0]);
      assert.deepEqual(await table(`${dir}/whole`), right);
    });

    await test.step("results whose models and attacks were not kept still give their report", async () => {
      for (const { run_id } of await table(`${dir}/whole`)) {
        const folder = `${dir}/sparse/runs/${run_id}`;
        await Deno.mkdir(folder, { recursive: true });
        for (const name of ["config.json", "metrics.arrow"]) {
          await Deno.copyFile(`${dir}/whole/runs/${run_id}/${name}`, `${folder}/${name}`);
        }
        const config = await Deno.readTextFile(`${folder}/config.json`);
        await Deno.writeTextFile(`${folder}/config.json`, withoutChecksums(config));
      }
      const only = [...smoke(dir, "sparse"), "--only", "figure2"];
      const end = await run(only);
      assert.equal(end.code, 0, end.errors);
      assert.equal(end.errors, "");
      const curves = await Deno.readFile(`${dir}/sparse/figure2.arrow`);
      assert.deepEqual(curves, await Deno.readFile(`${dir}/whole/figure2.arrow`));
      const clean = (await table(`${dir}/whole`)).find(({ method }) => method === "clean")!;
      await Deno.remove(`${dir}/sparse/runs/${clean.run_id}/metrics.arrow`);
      const lacking = await run(only);
      assert.equal(lacking.code, 1);
      assert.match(
        mistake(lacking),
        /^error: making figure 2: expected metrics\.arrow of .*, got none; remove/,
      );
      assert.deepEqual(await Deno.readFile(`${dir}/sparse/figure2.arrow`), curves);
    });

    await test.step("tables of another version are refused before anything is run", async () => {
      const path = `${dir}/old/table1.arrow`;
      const old = withMetadata(await Deno.readFile(`${dir}/whole/table1.arrow`), {});
      await Deno.mkdir(`${dir}/old`);
      await Deno.writeFile(path, old);
      const end = await run(smoke(dir, "old"));
      assert.equal(end.code, 1);
      assert.match(
        mistake(end),
        /table1\.arrow: expected results of format version 1, got none; move it away/,
      );
      assert.deepEqual(await filesBelow(`${dir}/old`), [path]);
    });

    await test.step("two processes with 1 and 2 workers that share the jobs run each once, and the last has all rows", async () => {
      const parts = ["1", "2"].map((part) =>
        runAlone([...smoke(dir, "shared", part), "--job", `${part}/2`])
      );
      const ends = await Promise.all(parts);
      assert.ok(ends.some(({ code }) => code === 0), ends.map(({ errors }) => errors).join("\n"));
      for (const { code, errors } of ends) assert.equal(code, gaps.test(errors) ? 1 : 0, errors);
      const runs = await Array.fromAsync(Deno.readDir(`${dir}/shared/runs`));
      const list = await run([...smoke(dir, "whole"), "--list"]);
      assert.equal(runs.length, list.out.trim().split("\n").length);
      const ids = (rows: Table1Row[]) => rows.map(({ run_id }) => run_id);
      assert.deepEqual(ids(await table(`${dir}/shared`)), ids(await table(`${dir}/whole`)));
      for (const { name } of runs) {
        const config = await Deno.readTextFile(`${dir}/shared/runs/${name}/config.json`);
        assert.match(JSON.parse(config).workers.join(), /^[12]$/);
      }
    });

    await test.step("a part alone says that the results have gaps, in the report too, and exits with 1", async () => {
      const end = await run([...smoke(dir, "part"), "--job", "1/2"]);
      assert.equal(end.code, 1, end.errors);
      const [told = ""] = gaps.exec(end.errors) ?? [];
      assert.match(told, / \(\d+ waiting\)$/);
      assert.ok((await Deno.readTextFile(`${dir}/part/report.html`)).includes(told));
      assert.ok(!gaps.test(await Deno.readTextFile(`${dir}/whole/report.html`)));
      const whole = await run(smoke(dir, "part"));
      assert.equal(whole.code, 0, whole.errors);
      assert.doesNotMatch(whole.errors, gaps);
      assert.deepEqual(await table(`${dir}/part`), await table(`${dir}/whole`));
    });

    await test.step("--only figure2 neither measures the sign attack nor writes Table 1", async () => {
      const { code, errors } = await run([...smoke(dir, "curves"), "--only", "figure2"]);
      assert.equal(code, 0, errors);
      assert.equal((await Array.fromAsync(Deno.readDir(`${dir}/curves/runs`))).length, 1 + 4);
      await assert.rejects(Deno.stat(`${dir}/curves/table1.arrow`), Deno.errors.NotFound);
      const curves = await Deno.readFile(`${dir}/curves/figure2.arrow`);
      assert.deepEqual(curves, await Deno.readFile(`${dir}/whole/figure2.arrow`));
    });

    await test.step("Ctrl-C saves and exits with 130; given again, the same figures", async () => {
      const child = new Deno.Command(Deno.execPath(), {
        args: commandOf(smoke(dir, "stopped")),
        stderr: "piped",
        stdout: "null",
      }).spawn();
      let errors = "";
      for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
        // Twice, as the terminal and `deno task` both deliver it.
        if (errors === "") child.kill("SIGINT"), child.kill("SIGINT");
        errors += text;
      }
      assert.equal((await child.status).code, 130, errors);
      assert.match(
        errors,
        /interrupted: the state is saved in .*stopped; repeat the command to resume/,
      );
      const again = await run(smoke(dir, "stopped"));
      assert.equal(again.code, 0, again.errors);
      assert.deepEqual(await table(`${dir}/stopped`), await table(`${dir}/whole`));
    });

    await test.step("two processes in one folder: one says who holds the job, the other ends well", async () => {
      const ends = await Promise.all([1, 2].map(() => runAlone(smoke(dir, "two"))));
      const codes = ends.map(({ code }) => code).sort();
      assert.ok(codes[0] === 0, ends.map(({ errors }) => errors).join("\n"));
      for (const end of ends.filter(({ code }) => code !== 0)) {
        assert.equal(end.code, 1);
        assert.match(mistake(end), /is held by process \d+ on \S+ since /);
        assert.equal(mistake(end).split("\n").length, 1);
      }
      assert.deepEqual(await table(`${dir}/two`), await table(`${dir}/whole`));
    });

    await test.step("weights that do not fit are refused before anything is written", async () => {
      const path = `${dir}/weights.safetensors`;
      const { "fc3.bias": _, ...others } = mlp([1, side, side], 4).init(0);
      await Deno.writeFile(path, encodeSafetensors(others));
      const end = await run([...smoke(dir, "weights"), "--network", "mlp", "--weights", path]);
      assert.equal(end.code, 1);
      assert.match(mistake(end), /weights\.safetensors: expected a tensor fc3\.bias/);
      await assert.rejects(Deno.stat(`${dir}/weights`), Deno.errors.NotFound);
    });

    await test.step("images that do not fit the network are refused", async () => {
      const end = await run([...smoke(dir, "lenet"), "--network", "lenet"]);
      assert.notEqual(end.code, 0);
      assert.match(mistake(end), /^error: .*6/);
      await assert.rejects(Deno.stat(`${dir}/lenet`), Deno.errors.NotFound);
    });

    await test.step("a file in the place of --out is one line", async () => {
      await Deno.writeTextFile(`${dir}/taken`, "");
      const end = await run(smoke(dir, "taken"));
      assert.equal(end.code, 1);
      assert.match(mistake(end), /^error: making the folder .*taken/);
    });

    await test.step("a disk without room is one line, and nothing half-written stays", async () => {
      const limited = ["-c", 'ulimit -f 64; exec "$0" "$@"', Deno.execPath()];
      const args = [...limited, ...commandOf(smoke(dir, "full"))];
      const end = endOf(await new Deno.Command("sh", { args }).output());
      assert.equal(end.code, 1, end.errors);
      assert.match(
        mistake(end),
        /^error: writing .*safetensors: expected enough space and the permission/,
      );
      assert.deepEqual(
        (await filesBelow(`${dir}/full`)).filter((path) => path.endsWith(".part")),
        [],
      );
      for (const path of await filesBelow(`${dir}/full`)) {
        assert.match(path, /config\.json$|metrics\.arrow$|lock$/);
      }
    });
  });
});
