import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Jupyter } from "../../lib/notebooks/jupyter.ts";
import { codeCells, plotlyType, readNotebook } from "../../lib/notebooks/notebook.ts";
import { notebookPage } from "../../lib/notebooks/notebook_page.ts";
import { launch, look } from "../browser.ts";
import { isMissing } from "../installed.ts";

const notebooks = fileURLToPath(new URL("../../notebooks/", import.meta.url));
const names = (await Array.fromAsync(Deno.readDir(notebooks)))
  .map(({ name }) => name).filter((name) => name.endsWith(".ipynb")).sort();
const ignore = await isMissing("jupyter", "nbconvert", "--version") ||
  await isMissing("chromium", "--version");

/** Runs in the browser: pictures that are too small to be read, or without an alternative text. */
const UNREADABLE = `[...document.querySelectorAll(".output_png img")]
  .filter(({ alt, width }) => !alt || width < 600).map(({ alt, width }) => [alt, width])`;

/** Converts notebooks as Jupyter's `toHtml` does, but all in one process, which starts when all are asked for. */
function convertedTogether(): Jupyter["toHtml"] {
  const paths: string[] = [];
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const convert = async () => {
    const args = ["nbconvert", "--to", "html", "--template", "basic", ...paths];
    const { success, stderr } = await new Deno.Command("jupyter", { args }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  return async (path) => {
    if (paths.push(path) === names.length) convert().then(resolve, reject);
    await done;
    return await Deno.readTextFile(path.replace(/ipynb$/, "html"));
  };
}

Deno.test({
  name:
    "the pages of all notebooks draw every figure and show every picture, on phones and desktops, light and dark",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const jupyter = { execute: () => Promise.reject(), toHtml: convertedTogether() };
    const files = await Promise.all(names.map(async (name) => {
      const notebook = await readNotebook(notebooks + name);
      const own = `${folder}/${name}`;
      await Deno.mkdir(own);
      await Deno.writeTextFile(`${own}/page.html`, await notebookPage(notebook, jupyter, own));
      return { name, notebook, file: `${own}/page.html` };
    }));
    const browser = await launch();
    for (const [i, { name, notebook, file }] of files.entries()) {
      const outputs = codeCells(notebook).flatMap(({ outputs = [] }) => outputs);
      const plots = outputs.filter(({ data }) => data?.[plotlyType]).length;
      const expected = { name, plots, drawn: plots, tooWide: 0, problems: [], errors: [] };
      const colorScheme = i % 2 === 0 ? "light" : "dark";
      const looks = [{ width: 360, colorScheme }, { width: 1280, colorScheme }] as const;
      await look(browser, file, looks, async (page, { pictures: _pictures, ...found }) => {
        assert.deepEqual({ name, ...found }, expected);
        assert.deepEqual(await page.evaluate(UNREADABLE), [], name);
      });
    }
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  },
});
