import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { codeCells, readNotebook, textOf } from "../../lib/notebooks/notebook.ts";
import { launch } from "../browser.ts";
import { isMissing } from "../installed.ts";

const notebooks = fileURLToPath(new URL("../../notebooks/", import.meta.url));

/** The HTML of all outputs of the notebooks that have tables, grids of images and claims. */
const outputs = (await Promise.all(
  ["00_overview", "03_mnist", "08_your_own_model"].map(async (name) => {
    const cells = codeCells(await readNotebook(`${notebooks}${name}.ipynb`));
    return cells.flatMap(({ outputs = [] }) => outputs).map(({ data = {} }) =>
      textOf(data["text/html"] as string | string[])
    );
  }),
)).flat();

/** Runs in the browser: the sizes of all texts but those of subscripts and hidden ones, and the texts. */
const SIZES = `[...document.querySelectorAll("body *:not(style, script, sub, .dd-hidden)")]
  .filter((one) => [...one.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
  .map((one) => [parseFloat(getComputedStyle(one).fontSize), one.textContent.slice(0, 40)])`;

Deno.test({
  name:
    "tables and lists of notebooks are large enough to read where rem is 10 pixels, as in the classic notebook",
  ignore: await isMissing("chromium", "--version"),
  async fn() {
    const browser = await launch();
    const page = await browser.newPage();
    const style = "<style>html { font-size: 10px; } body { font-size: 14px; }</style>";
    await page.setContent(style + outputs.join("\n"));
    const sizes = await page.evaluate(SIZES) as [number, string][];
    await browser.close();
    assert.ok(sizes.length > 100, `${sizes.length} texts`);
    assert.deepEqual(sizes.filter(([pixels]) => pixels < 12), []);
  },
});
