import assert from "node:assert/strict";
import { datasets } from "../../lib/data/datasets.ts";
import { loadDataset } from "../../lib/data/load.ts";

Deno.test("the words of datasets differ, and every form begins with its word", () => {
  const words = datasets.map(({ id }) => id);
  assert.equal(new Set(words).size, words.length);
  for (const { id, forms } of datasets) {
    assert.ok(forms.length > 0);
    for (const form of forms) assert.match(form, new RegExp(`^${id}(:[A-Z]+)?$`));
  }
});

Deno.test("a dataset's help explains all of its forms", () => {
  for (const { forms, help } of datasets) forms.forEach((form) => assert.ok(help.includes(form)));
});

Deno.test("a loaded dataset is called as the list of datasets has it", async () => {
  const { id, title } = await loadDataset("mnist");
  assert.equal(title, datasets.find((source) => source.id === id)?.title);
});
