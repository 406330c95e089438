import assert from "node:assert/strict";
import { withoutFolds } from "../../lib/notebooks/folds.ts";

Deno.test("a fold's marks become paragraphs of their own, and what is in it stays markdown", () => {
  const { text, marks } = withoutFolds(
    "Before.\n\n<details><summary>Solutions</summary>\n\n1. One.\n\n</details>\n\nAfter.",
  );
  assert.match(text, /^Before\.\n\n\nfold\w{32}\n\n\n1\. One\.\n\n\nfold\w{32}\n\n\nAfter\.$/);
  assert.deepEqual([...marks.values()], ["<details><summary>Solutions</summary>", "</details>"]);
});

Deno.test("other markup and the word are left alone", () => {
  const markdown = "The <details> of `</details>`, and <b>bold</b>.";
  assert.equal(withoutFolds(markdown).text, markdown);
});
