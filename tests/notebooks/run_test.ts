import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { UserError } from "../../lib/engine/user_error.ts";
import { proveThatFailuresShow } from "../../lib/notebooks/canary.ts";
import { cleaned } from "../../lib/notebooks/cleaned.ts";
import { findJupyter } from "../../lib/notebooks/jupyter.ts";
import { type Cell, encodeNotebook, readNotebook, textOf } from "../../lib/notebooks/notebook.ts";
import { notebookPage } from "../../lib/notebooks/notebook_page.ts";
import { failures } from "../../lib/notebooks/problems.ts";
import { hovered, launch, look } from "../browser.ts";
import { filesBelow } from "../files_below.ts";
import { isMissing } from "../installed.ts";
import { endOf, mistake, run as runCommand } from "../commands/command.ts";

const root = new URL("../../", import.meta.url);
const withoutJupyter = await isMissing("jupyter", "nbconvert", "--version");
const withoutChromium = await isMissing("chromium", "--version");

/** Inside the repository: the kernel looks for deno.json, with its import map, from the notebook's folder upwards. */
const temporary = fileURLToPath(new URL("outputs/local/", root));

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  await Deno.mkdir(temporary, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: temporary });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs cells on the real kernel. */
async function run(folder: string, sources: readonly string[]) {
  const cells = sources.map((source, i): Cell => {
    const shared = { id: `c${i}`, metadata: {}, source };
    if (source.startsWith("#")) return { cell_type: "markdown", ...shared };
    return { cell_type: "code", outputs: [], execution_count: null, ...shared };
  });
  const path = `${folder}/some.ipynb`;
  const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 } as const;
  await Deno.writeTextFile(path, encodeNotebook(notebook));
  const jupyter = await findJupyter(folder);
  await jupyter.execute(path, `${folder}/executed`);
  return { jupyter, notebook: await readNotebook(`${folder}/executed/some.ipynb`) };
}

Deno.test({
  name: "cells on Deno's kernel",
  ignore: withoutJupyter,
  fn: (t) =>
    inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/home`);
      const printing = Array.from({ length: 12 }, (_, i) => `console.log("line ${i}")`);
      const { notebook } = await run(folder, [
        'throw new TypeError("no")',
        "1 + 1",
        ...printing,
        // The kernel has this process's environment, in which the engine of some other test has set the variable.
        'Deno.env.delete("ORT_DISABLE_TELEMETRY");\n' +
        `["HOME", "TMPDIR"].forEach((name) => Deno.env.set(name, "${folder}/home"));`,
        'import * as dd from "deep-defense";\n' +
        "const engine = await dd.createEngine({ workers: 1 });\n" +
        "await engine.compile(({ x }) => ({ y: x!.neg() }), { x: [1] });",
      ]);
      const outputs = notebook.cells.map((cell) => cell.outputs![0]);

      await t.step("one that throws is noticed, and those after it are run", () => {
        assert.deepEqual(failures(notebook), ["code cell 1 failed: TypeError: no"]);
        assert.match(textOf(outputs[1]!.data!["text/plain"] as string), /2/);
      });

      await t.step("what one prints is not lost, whenever the kernel says that it is idle", () => {
        const printed = outputs.slice(2, 14).map((output) => textOf(output?.text).trim());
        assert.deepEqual(printed, printing.map((_, i) => `line ${i}`));
      });

      await t.step("an engine leaves no file of onnxruntime's telemetry", async () => {
        assert.deepEqual(await filesBelow(`${folder}/home`), []);
      });
    }),
});

Deno.test({
  name: "the canary sings",
  ignore: withoutJupyter,
  fn: () => inFolder(async (folder) => proveThatFailuresShow(await findJupyter(folder), folder)),
});

Deno.test("a kernel that hides errors is found out", () =>
  inFolder(async (folder) => {
    const silent = {
      execute: async (path: string, out: string) => {
        const { cells, ...rest } = await readNotebook(path);
        const run = cells.map((cell) => ({ ...cell, execution_count: 1 }));
        await Deno.mkdir(out);
        await Deno.writeTextFile(`${out}/canary.ipynb`, encodeNotebook({ cells: run, ...rest }));
      },
      toHtml: () => Promise.resolve(""),
    };
    await assert.rejects(proveThatFailuresShow(silent, folder), UserError);
  }));

Deno.test({
  name:
    "a notebook's page shows formulas, figures and outputs, with one Plotly, as does Jupyter's own",
  ignore: withoutJupyter || withoutChromium,
  fn: () =>
    inFolder(async (folder) => {
      const figure =
        'plots.lines([{ name: "a", x: [...Array(30).keys()], y: Array(30).fill(3) }], { x: "x", y: "y", alt: "A line." })';
      const { notebook, jupyter } = await run(folder, [
        "# Title\n\nA formula: $x^2$, and a [link](01_deepfool.ipynb).",
        'import * as plots from "deep-defense/plots";\nawait plots.plotly();',
        `plots.display(${figure});`,
        `plots.display(${figure});`,
        'console.log("printed")',
      ]);
      assert.deepEqual(failures(notebook), []);

      const page = await notebookPage(cleaned(notebook), jupyter, folder);
      assert.equal(page.match(/DecompressionStream/g)?.length, 1);
      assert.match(page, /<title>Title<\/title>[\s\S]*href="01_deepfool.html"/);
      await Deno.writeTextFile(`${folder}/page.html`, page);
      const browser = await launch();
      await look(
        browser,
        `${folder}/page.html`,
        [{ width: 800, colorScheme: "light" }],
        async (page, found) => {
          assert.deepEqual({ ...found, pictures: 0 }, {
            plots: 2,
            drawn: 2,
            pictures: 0,
            tooWide: 0,
            problems: [],
            errors: [],
          });
          assert.equal(await page.locator("math msup").count(), 1);
          assert.match(await page.locator(".output_stream").innerText(), /printed/);
          assert.match(await hovered(page), /3/);
        },
      );

      const own = await browser.newPage();
      await own.setContent(await jupyter.toHtml(`${folder}/executed/some.ipynb`));
      await own.locator(".js-plotly-plot .main-svg").nth(2).waitFor();
      assert.equal(await own.locator(".js-plotly-plot").count(), 2);
      await browser.close();
    }),
});

Deno.test("without Jupyter the command says what to install", () =>
  inFolder(async (out) => {
    const how = ["run", "--quiet", "--cached-only", "--no-check", "-A"];
    const cli = fileURLToPath(new URL("lib/cli.ts", root));
    const args = [...how, cli, "notebooks", "--only", "00", "--out", out];
    const env = { PATH: "/nowhere" };
    const end = endOf(await new Deno.Command(Deno.execPath(), { args, env }).output());
    assert.equal(end.code, 1);
    assert.match(mistake(end), /running notebooks: .*apt-get install jupyter-nbconvert/);
  }));

Deno.test("a notebook that there is not, and a word that is no flag, are errors of usage", async () => {
  for (const [args, expected] of [[["--only", "99"], /got 99/], [["all"], /flags only/]] as const) {
    const end = await runCommand(["notebooks", ...args]);
    assert.equal(end.code, 2);
    assert.match(mistake(end), expected);
  }
});
