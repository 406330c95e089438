import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import {
  codeCells,
  type Output,
  plotlyType,
  readNotebook,
  textOf,
} from "../../lib/notebooks/notebook.ts";
import { launch } from "../browser.ts";
import { isMissing } from "../installed.ts";

const notebooks = fileURLToPath(new URL("../../notebooks/", import.meta.url));
const names = (await Array.fromAsync(Deno.readDir(notebooks)))
  .map(({ name }) => name).filter((name) => name.endsWith(".ipynb")).sort();

/** Every output of every notebook with the notebook's name. */
const outputs = (await Promise.all(names.map(async (name) => {
  const notebook = await readNotebook(notebooks + name);
  return codeCells(notebook).flatMap(({ outputs = [] }) => outputs).map((output) => ({
    name,
    output,
  }));
}))).flat();

/** What viewers show of an output in a notebook that they do not trust, such as GitHub: no script, HTML before pictures. */
function shown({ data = {}, text }: Output): string {
  const html = data["text/html"] as string | string[] | undefined;
  if (html) return `<div class="html">${textOf(html)}</div>`;
  if (data["image/png"]) return `<img src="data:image/png;base64,${data["image/png"]}">`;
  return `<pre>${textOf(text ?? data["text/plain"] as string | string[])}</pre>`;
}

/** Runs in the browser: takes away what sanitizers take away, the strictest rules of all of them. */
const SANITIZE = `(() => {
  for (const one of document.querySelectorAll(".html :is(script, style, img, svg)")) one.remove();
  for (const one of document.querySelectorAll(".html, .html *")) {
    for (const name of ["style", "class", "id", "role", "tabindex"]) one.removeAttribute(name);
  }
})()`;

/** Runs in the browser: the text of every table's cells, line by line. */
const CELLS = `[...document.querySelectorAll("table")].map((table) => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  return [...table.querySelectorAll("th, td")].map((cell) => cell.innerText.trim());
})`;

/** Two numbers that run into each other, such as 98.3198.31. */
const runTogether = /\d\.\d+\.\d|\d[–±%]\d/;

async function untrusted(use: (page: Page) => Promise<void>): Promise<void> {
  const browser = await launch();
  const page = await browser.newPage({ viewport: { width: 900, height: 900 } });
  await page.setContent(outputs.map(({ output }) => shown(output)).join("\n"));
  await page.evaluate(SANITIZE);
  await use(page);
  await browser.close();
}

Deno.test("a figure and a grid of images of a committed notebook are pictures, too, which no sanitizer takes away", () => {
  for (const { name, output: { data = {} } } of outputs) {
    const html = textOf(data["text/html"] as string | string[]);
    assert.ok(!html.includes("<img"), `${name}: images inside HTML`);
    if (plotlyType in data) assert.ok("image/png" in data, `${name}: a figure without a picture`);
  }
});

Deno.test({
  name: "of an untrusted notebook every picture is there and every table is legible",
  ignore: await isMissing("chromium", "--version"),
  fn: () =>
    untrusted(async (page) => {
      const pictures = outputs.filter(({ output }) => output.data?.["image/png"]).length;
      const drawn = await page.evaluate(
        "[...document.images].filter((image) => image.naturalWidth > 400).length",
      );
      assert.equal(drawn, pictures);
      const tables = await page.evaluate(CELLS) as string[][];
      assert.ok(tables.length > 10, `${tables.length} tables`);
      for (const cell of tables.flat()) {
        assert.doesNotMatch(cell, runTogether);
      }
      const [first] = tables;
      assert.ok(first!.some((cell) => /^98\.25 ± 0\.42\npaper: 98\.31$/.test(cell)), first!.join());
    }),
});
