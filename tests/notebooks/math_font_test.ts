import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { mathFontName, mathFontStyle } from "../../lib/notebooks/math_font.ts";
import { withTokens } from "../../lib/notebooks/math.ts";
import { readNotebook, textOf } from "../../lib/notebooks/notebook.ts";
import { page } from "../../lib/plots/page/page.ts";
import { launch } from "../browser.ts";
import { isMissing } from "../installed.ts";

const notebooks = fileURLToPath(new URL("../../notebooks/", import.meta.url));

/** All formulas of all notebooks, as MathML. */
async function formulas(): Promise<string> {
  const files = (await Array.fromAsync(Deno.readDir(notebooks))).map(({ name }) => name);
  const read = files.filter((name) => name.endsWith(".ipynb"))
    .map((name) => readNotebook(notebooks + name));
  const cells = (await Promise.all(read)).flatMap((notebook) => notebook.cells);
  return cells.filter(({ cell_type }) => cell_type === "markdown")
    .flatMap(({ source }) => [...withTokens(textOf(source)).mathml.values()]).join("\n");
}

/** Runs in the browser: the characters of all formulas whose width depends on the font that comes after `font`. */
function missing(font: string): string {
  return `(async () => {
    const text = [...document.querySelectorAll("math")].map((one) => one.textContent).join("");
    await document.fonts.load("40px '${font}'", text);
    const context = document.createElement("canvas").getContext("2d");
    const width = (character, next) => {
      context.font = "40px '${font}', " + next;
      return context.measureText(character).width;
    };
    const isMissing = (one) => width(one, "monospace") !== width(one, "serif");
    return [...new Set(text.replaceAll(/\\s/g, ""))].filter(isMissing);
  })()`;
}

Deno.test({
  name: "the font inside the pages has every character of the notebooks' formulas",
  ignore: await isMissing("chromium", "--version"),
  fn: async () => {
    const browser = await launch();
    const sheet = await browser.newPage();
    const file = await Deno.makeTempFile({ suffix: ".html" });
    const style = `${await mathFontStyle()} math { font-family: "${mathFontName}", math; }`;
    const body = `${await formulas()} <math><mi>☃</mi></math>`;
    await Deno.writeTextFile(
      file,
      page({ title: "", body, figures: [], plotlyScript: "", style }),
    );
    await sheet.goto(`file://${file}`);
    const found = await sheet.evaluate(missing(mathFontName)) as string[];
    await browser.close();
    await Deno.remove(file);
    assert.deepEqual(found.filter((one) => one !== "☃"), []);
    assert.ok(found.includes("☃"), "a character that it lacks is noticed");
  },
});
