import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { textOf } from "../../../lib/notebooks/notebook.ts";
import { isMissing } from "../../installed.ts";
import { runCells } from "../kernel.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const withoutJupyter = await isMissing("jupyter", "nbconvert", "--version");
const readme = await Deno.readTextFile(`${root}README.md`);

Deno.test({
  name: "a notebook in a folder of its own uses the library as README says",
  ignore: withoutJupyter,
  async fn() {
    const [, settings] = /deno\.json`[^`]*```json\n([^`]*)```/.exec(readme)!;
    const [, imports] = /first cell[^`]*```ts\n([^`]*)```/.exec(readme)!;
    const folder = await Deno.makeTempDir();
    const own = settings!.replace("/path/to/deep-defense", root);
    assert.notEqual(own, settings);
    await Deno.writeTextFile(`${folder}/deno.json`, own);
    const cells = await runCells(folder, [
      imports!,
      'const mnist = dd.firstImages(await dd.loadDataset("mnist"), { test: 100 });\n' +
      'const model = await notebook.model("mlp", "reference");\n' +
      'console.log("accuracy", await dd.accuracy(engine, model, mnist.test));',
      'plots.display(plots.table([{ a: 1 }], "a table"))',
    ]);
    const texts = cells.map(([output]) => {
      const { text, data, evalue } = output ?? {};
      return textOf((text ?? data?.["text/plain"] ?? evalue) as string | undefined).trim();
    });
    assert.deepEqual(texts, ["Figures are drawn by Plotly.", "accuracy 0.99", "a table"]);
    await Deno.remove(folder, { recursive: true });
  },
});
