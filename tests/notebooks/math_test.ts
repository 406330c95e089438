import assert from "node:assert/strict";
import { UserError } from "../../lib/engine/user_error.ts";
import { withTokens } from "../../lib/notebooks/math.ts";

Deno.test("formulas are taken out of markdown and translated to MathML", () => {
  const { text, mathml } = withTokens("The sum $a_1 + b$ and\n\n$$\\frac{c}{d}$$\n\nend.");
  assert.match(text, /^The sum formula[0-9a-f]{32} and\n\nformula[0-9a-f]{32}\n\nend\.$/);
  const [inline, display] = [...mathml.values()];
  assert.match(inline!, /^<math>.*<msub>/s);
  assert.match(display!, /^<math display="block".*<mfrac>/s);
});

Deno.test("code in markdown keeps its dollars", () => {
  for (const code of ["`${a} $b$`", "```sh\necho $A $B\n```", "It costs 5$."]) {
    assert.equal(withTokens(code).text, code);
  }
});

Deno.test("a formula that is no TeX is named", () => {
  assert.throws(
    () => withTokens("$\\frac{a$"),
    (error) => error instanceof UserError && error.message.includes("\\frac{a"),
  );
});
