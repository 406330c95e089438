import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { gapsOf, missingIn } from "../../../lib/commands/report/missing.ts";
import { readFolder } from "../../../lib/commands/report/results_folder.ts";
import { reportOf } from "../../../lib/commands/report/write_report.ts";
import { encodeTable } from "../../../lib/files/arrow.ts";
import { table1Columns } from "../../../lib/experiments/table1.ts";
import { idOf } from "../../../lib/jobs/jobs.ts";
import { writePictures } from "../../../lib/jobs/pictures_file.ts";
import { writeConfig } from "../../../lib/jobs/run_folder.ts";
import { writePlanned } from "../../../lib/results/planned.ts";
import { inNewFolder } from "../../jobs/small_experiment.ts";
import { table1Row } from "../../plots/sample_rows.ts";
import { type End, endOf, mistake } from "../command.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const committed = (name: string) => `${root}outputs/${name}`;

/** Runs `deno task report`: with its own permissions. */
async function task(...args: string[]): Promise<End> {
  const env = { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
  const command = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "report", ...args],
    cwd: root,
    env,
  });
  return endOf(await command.output());
}

const headingsOf = (html: string) =>
  [...html.matchAll(/<h2[^>]*>([^<]*)</g)].map(([, heading]) => heading!);

/** A folder with a table of two models and nothing else. */
async function writeTable(folder: string, network = "mlp"): Promise<void> {
  const rows = ["reference", "deep_defense"].map((method) =>
    table1Row({ network, method, status: "done", run_id: `${method}_run` })
  );
  await Deno.writeFile(`${folder}/table1.arrow`, encodeTable(table1Columns, rows));
}

Deno.test("the committed results give their report again from their files alone", async () => {
  const folder = await readFolder(committed("paper"));
  const headings = headingsOf(await reportOf(folder));
  assert.deepEqual(headings.filter((heading) => !heading.startsWith("AutoAttack")), [
    "Summary",
    "Table 1 of the paper",
    "The paper&#39;s claims",
    "Convergence (Figure 2 of the paper)",
    "Hyper-parameters (Figure 3 of the paper)",
    "Only one layer (Figure 4 of the paper)",
    "Ablations",
    "Choice of settings",
    "Attacks that no training used",
    "Transfer between models",
    "How far to the nearest mistake",
    "Accuracy under the fast gradient sign attack",
    "Attacked images",
    "CIFAR-10",
    "ResNet-18 on small photos",
    "What a training step costs",
  ]);
  assert.deepEqual(await missingIn(folder), []);
});

Deno.test("CIFAR-10's committed results give a report, and what they lack is named", async () => {
  const folder = await readFolder(committed("cifar10"));
  const html = await reportOf(folder);
  assert.match(html, /<title>Deep Defense: CIFAR-10, profile paper<\/title>/);
  assert.match(html, /CIFAR-10: 50,000 training and 10,000 test images/);
  assert.ok(headingsOf(html).includes("Attacked images"));
  assert.deepEqual(await missingIn(folder), [
    "no rows of robustness, transfer, figure3, figure4, ablations, search: the report has no such sections",
  ]);
});

Deno.test("the report of the committed results says of the runs what the tables' page of their own time says", async () => {
  const then = await Deno.readTextFile(`${committed("paper")}/report.html`);
  const now = await reportOf(await readFolder(committed("paper")));
  const header = (html: string) => html.slice(html.indexOf("<header>"), html.indexOf("</header>"));
  const summary = (html: string) =>
    html.slice(html.indexOf(">Summary<"), html.indexOf(">Table 1 of the paper<"));
  assert.equal(header(now), header(then));
  assert.equal(summary(now), summary(then));
});

Deno.test("deno task report draws a folder that has nothing but a table, and says what is missing", async () => {
  await inNewFolder(async (folder) => {
    await writeTable(folder);
    const { code, out, errors } = await task(folder);
    assert.deepEqual({ code, errors }, { code: 0, errors: "" });
    const lines = out.trim().split("\n");
    assert.equal(lines.pop(), `the report is ${folder}/report.html`);
    assert.deepEqual(lines.map((line) => line.replace(/:[^:]*$/, "")), [
      "missing: no rows of robustness, transfer, figure2, figure3, figure4, ablations, search",
      "missing: no readable config.json for 2 of the tables' 2 runs",
      "missing: no attacks.arrow of MLP reference, MLP deep_defense",
      "missing: no results of the fast gradient sign attack of MLP reference, MLP deep_defense",
      "missing: no pictures.safetensors of MLP reference, MLP deep_defense",
      "warning: MLP, Reference, seed 0, DeepFool: The attack fails on 0.01% of the test images. They count in ρ₂ with " +
      "the perturbation that they have. The mean without them is not known",
      "warning: MLP, Deep Defense, seed 0, DeepFool: The attack fails on 0.01% of the test images. They count in ρ₂ with " +
      "the perturbation that they have. The mean without them is not known",
    ]);
    const html = await Deno.readTextFile(`${folder}/report.html`);
    assert.deepEqual(headingsOf(html).slice(0, 3), [
      "Summary",
      "Warning signs",
      "Table 1 of the paper",
    ]);
  });
});

Deno.test("an ONNX file's name is text in a report, whatever it holds", async () => {
  await inNewFolder(async (folder) => {
    await writeTable(folder, 'a<b>&"c.onnx');
    const run = `${folder}/runs/reference_run`;
    await Deno.mkdir(run, { recursive: true });
    const pixels = new Float32Array(4);
    await writePictures(run, {
      shape: [1, 2, 2],
      images: [{ original: pixels, perturbed: pixels, label: 0, predicted: 0, fooledAs: 1 }],
    });
    const html = await reportOf(await readFolder(folder));
    const headings = [...html.matchAll(/<h3>(.*?)<\/h3>/g)].map(([, heading]) => heading);
    assert.ok(headings.includes("a&lt;b&gt;&amp;&#34;c.onnx, Reference"), headings.join());
    const body = html.slice(
      html.indexOf("<body>"),
      html.indexOf('<script type="application/json"'),
    );
    assert.ok(!body.includes("a<b>"));
  });
});

Deno.test("a report shows the tables that were planned, and the planned jobs that have not ended", async () => {
  await inNewFolder(async (path) => {
    await writeTable(path);
    const planned = {
      dataset: { id: "mnist", title: "MNIST" },
      profile: { name: "quick", purpose: "a test" },
      experiments: ["figure2"] as const,
      jobs: [{ id: "0123456789abcdef", needs: [] }],
    };
    await writePlanned(path, planned);
    const folder = await readFolder(path);
    assert.deepEqual(folder.results.table1, []);
    assert.equal(
      await gapsOf(folder),
      "the results have gaps: 1 of 1 jobs are not in them (1 waiting)",
    );
    assert.match(await reportOf(folder), /<b>the results have gaps: 1 of 1 jobs [^<]*\.<\/b>/);
  });
});

Deno.test("a planned job that needs one that diverged is no gap: it cannot run", async () => {
  await inNewFolder(async (path) => {
    await writeTable(path);
    const settings = { network: "mlp" };
    const [id, other] = [idOf(settings), "0123456789abcdef"];
    const folderOfRun = `${path}/runs/${id}`;
    await Deno.mkdir(folderOfRun, { recursive: true });
    await writeConfig(folderOfRun, {
      id,
      settings,
      profile: "quick",
      machine: {},
      status: "diverged",
      duration_seconds: 1,
      finished_at: "2026-01-01T00:00:00Z",
      result: null,
    });
    const plan = (needs: readonly string[]) => ({
      dataset: { id: "mnist", title: "MNIST" },
      profile: { name: "quick", purpose: "a test" },
      experiments: ["table1"] as const,
      jobs: [{ id, needs: [] }, { id: other, needs }],
    });
    await writePlanned(path, plan([id]));
    assert.equal(await gapsOf(await readFolder(path)), undefined);
    await writePlanned(path, plan([]));
    assert.match((await gapsOf(await readFolder(path)))!, /: 1 of 2 jobs are not in them/);
  });
});

const mistakes: readonly {
  readonly what: string;
  readonly make: (folder: string) => Promise<string[]>;
  readonly code: number;
  readonly message: RegExp;
}[] = [
  {
    what: "no folder named",
    make: () => Promise.resolve([]),
    code: 2,
    message: /^error: reading the arguments: expected one results folder, got none$/,
  },
  {
    what: "a folder without a name",
    make: () => Promise.resolve([""]),
    code: 2,
    message: /expected one results folder, got none$/,
  },
  {
    what: "two folders",
    make: () => Promise.resolve(["a", "b"]),
    code: 2,
    message: /expected one results folder, got a, b$/,
  },
  {
    what: "no such folder",
    make: (folder) => Promise.resolve([`${folder}/none`]),
    code: 1,
    message: /^error: reading results: expected a folder \S+none, got nothing there$/,
  },
  {
    what: "a file",
    make: async (folder) => {
      await Deno.writeTextFile(`${folder}/file`, "");
      return [`${folder}/file`];
    },
    code: 1,
    message: /^error: reading results: expected a folder \S+file, got a file$/,
  },
  {
    what: "an empty folder",
    make: (folder) => Promise.resolve([folder]),
    code: 1,
    message: /^error: reading results: expected tables such as table1\.arrow in .*, got none$/,
  },
  {
    what: "a folder of something else",
    make: async (folder) => {
      await Deno.mkdir(`${folder}/runs`);
      await Deno.writeTextFile(`${folder}/notes.txt`, "notes");
      return [folder];
    },
    code: 1,
    message: /^error: reading results: expected tables such as table1\.arrow in .*, got none$/,
  },
  {
    what: "a damaged table",
    make: async (folder) => {
      await writeTable(folder);
      const bytes = await Deno.readFile(`${folder}/table1.arrow`);
      await Deno.writeFile(`${folder}/table1.arrow`, bytes.subarray(0, bytes.length / 2));
      return [folder];
    },
    code: 1,
    message: /^error: reading \S+table1\.arrow: expected a whole Arrow file, got /,
  },
  {
    what: "a damaged plan",
    make: async (folder) => {
      await writeTable(folder);
      await Deno.writeTextFile(`${folder}/planned.json`, `{"jobs": 3}`);
      return [folder];
    },
    code: 1,
    message: /^error: reading \S+planned\.json: expected the plan that reproduce wrote, in JSON, /,
  },
  {
    what: "damaged pictures",
    make: async (folder) => {
      await writeTable(folder);
      await Deno.mkdir(`${folder}/runs/reference_run`, { recursive: true });
      await Deno.writeTextFile(`${folder}/runs/reference_run/pictures.safetensors`, "none");
      return [folder];
    },
    code: 1,
    message: /^error: reading \S+pictures\.safetensors: expected a safetensors file/,
  },
];

for (const { what, make, code, message } of mistakes) {
  Deno.test(`report refuses ${what} in one line`, async () => {
    await inNewFolder(async (folder) => {
      const end = await task(...await make(folder));
      assert.equal(end.code, code, end.errors);
      assert.match(mistake(end), message);
      assert.equal(end.errors.trim().split("\n").length, 1, end.errors);
      assert.equal(end.out, "");
    });
  });
}
