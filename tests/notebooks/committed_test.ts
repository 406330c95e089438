import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as dd from "../../lib/mod.ts";
import { moduleOf } from "../../lib/notebooks/code.ts";
import * as cells from "../../lib/notebooks/cells/mod.ts";
import { type Notebook, readNotebook, textOf } from "../../lib/notebooks/notebook.ts";
import { problems } from "../../lib/notebooks/problems.ts";
import * as plots from "../../lib/plots/mod.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const names = (await Array.fromAsync(Deno.readDir(`${root}notebooks`)))
  .map(({ name }) => name).filter((name) => name.endsWith(".ipynb")).sort();

async function read(name: string): Promise<Notebook> {
  return await readNotebook(`${root}notebooks/${name}`);
}

Deno.test("there is a notebook for every section", () => {
  assert.deepEqual(names.map((name) => name.replace(".ipynb", "")), [
    "00_overview",
    "01_deepfool",
    "02_regularizer",
    "03_mnist",
    "04_hyperparameters",
    "05_layerwise",
    "06_cifar10",
    "07_imagenet",
    "08_your_own_model",
  ]);
});

for (const name of names) {
  Deno.test(`${name} holds the outputs of its own cells and no error`, async () => {
    assert.deepEqual(problems(await read(name)), []);
  });

  Deno.test(`${name} says first what it claims and how long it runs, and ends by checking it`, async () => {
    const { cells } = await read(name);
    assert.match(textOf(cells[0]!.source), /\*\*Claim\*\*[\s\S]*\*\*Running time\*\*/);
    assert.match(textOf(cells.at(-1)!.source), /assert/);
  });
}

/** The markdown of a notebook. */
function proseOf({ cells }: Notebook): string {
  return cells.filter(({ cell_type }) => cell_type === "markdown")
    .map(({ source }) => textOf(source)).join("\n\n");
}

Deno.test("no sentence stands twice in a notebook", async () => {
  for (const name of names) {
    const sentences = proseOf(await read(name)).replaceAll(/\s+/g, " ").split(/(?<=[.:?!]) /)
      .filter((sentence) => sentence.length > 40);
    assert.deepEqual(sentences.filter((one, i) => sentences.indexOf(one) < i), [], name);
  }
});

Deno.test("the functions that a notebook's text calls are the library's or the notebook's own", async () => {
  const modules: Record<string, object> = { dd, plots, notebook: cells };
  for (const name of names) {
    const notebook = await read(name);
    const code = moduleOf(notebook);
    const spans = proseOf(notebook).replaceAll(/^```[\s\S]*?^```/gm, "").match(/`[^`]+`/g) ?? [];
    for (const [, of, called] of spans.join("\n").matchAll(/(?<![\w.)])(?:(\w+)\.)?(\w+)\(/g)) {
      const known = of === undefined
        ? code.includes(called!)
        : of in globalThis || called! in modules[of]!;
      assert.ok(known, `${name}: there is no ${of ? `${of}.` : ""}${called}`);
    }
  }
});

Deno.test("a notebook's relative links lead to notebooks: its page lies in another folder", async () => {
  for (const name of names) {
    for (const [, target] of proseOf(await read(name)).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      assert.ok(names.includes(target!), `${name} links to ${target}`);
    }
  }
});

Deno.test("the cells of all notebooks pass the type checker and the linter", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = await Promise.all(names.map(async (name) => {
      const file = `${folder}/${name.replace(".ipynb", ".ts")}`;
      await Deno.writeTextFile(file, moduleOf(await read(name)));
      return file;
    }));
    const config = ["--quiet", "--config", `${root}deno.json`];
    await succeeds(["check", ...config, ...files]);
    await succeeds(["lint", ...config, ...files]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

// Not `deno fmt --check`, which takes every notebook for unformatted.
Deno.test("all notebooks are formatted", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = names.map((name) => `${folder}/${name}`);
    await Promise.all(names.map((name, i) => Deno.copyFile(`${root}notebooks/${name}`, files[i]!)));
    await succeeds(["fmt", "--quiet", "--no-config", "--line-width", "100", ...files]);
    for (const [i, name] of names.entries()) {
      const formatted = await Deno.readTextFile(files[i]!);
      assert.ok(formatted === await Deno.readTextFile(`${root}notebooks/${name}`), name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function succeeds(args: string[]): Promise<void> {
  const env = { NO_COLOR: "1" };
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, env }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}
