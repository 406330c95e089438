import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findJupyter } from "../../lib/notebooks/jupyter.ts";
import { codeCells, plotlyType, readNotebook } from "../../lib/notebooks/notebook.ts";
import { notebookPage } from "../../lib/notebooks/notebook_page.ts";
import { launch, look } from "../browser.ts";
import { isMissing } from "../installed.ts";

const notebooks = fileURLToPath(new URL("../../notebooks/", import.meta.url));
const names = (await Array.fromAsync(Deno.readDir(notebooks)))
  .map(({ name }) => name).filter((name) => name.endsWith(".ipynb")).sort();
const ignore = await isMissing("jupyter", "nbconvert", "--version") ||
  await isMissing("chromium", "--version");

const looks = [
  { width: 360, colorScheme: "dark" },
  { width: 1280, colorScheme: "light" },
] as const;

Deno.test({
  name: "the pages of all notebooks draw every figure, on phones and desktops, light and dark",
  ignore,
  fn: async () => {
    const folder = await Deno.makeTempDir();
    const jupyter = await findJupyter(folder);
    const browser = await launch();
    for (const name of names) {
      const notebook = await readNotebook(notebooks + name);
      const outputs = codeCells(notebook).flatMap(({ outputs = [] }) => outputs);
      const plots = outputs.filter(({ data }) => data?.[plotlyType]).length;
      const file = `${folder}/page.html`;
      await Deno.writeTextFile(file, await notebookPage(notebook, jupyter, folder));
      const expected = { name, plots, drawn: plots, tooWide: 0, problems: [], errors: [] };
      await look(browser, file, looks, (_, { pictures: _pictures, ...found }) => {
        assert.deepEqual({ name, ...found }, expected);
      });
    }
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  },
});
