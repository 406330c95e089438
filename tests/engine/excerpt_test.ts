import assert from "node:assert/strict";
import { escaped, excerpt } from "../../lib/engine/excerpt.ts";
import { UserError } from "../../lib/engine/user_error.ts";

const CASES: Readonly<Record<string, [text: string, shown: string]>> = {
  "plain text": [`data/images "of mine"`, `data/images "of mine"`],
  "letters outside ASCII": ["défense 防御 🛡", "défense 防御 🛡"],
  "ends of lines": ["a\r\nb\tc", "a\\r\\nb\\tc"],
  "control bytes": ["\0\x1b[31m\x07\x7f\x9b", "\\u0000\\u001b[31m\\u0007\\u007f\\u009b"],
  "other ends of lines": ["a\u2028b\u2029c", "a\\u2028b\\u2029c"],
  "what reverses the text that follows": ["a\u202egnp.exe", "a\\u202egnp.exe"],
  "half of a pair": ["a\ud83db", "a\\ud83db"],
  "an invisible character above ffff": ["a\u{e0001}b", "a\\u{e0001}b"],
};

for (const [name, [text, shown]] of Object.entries(CASES)) {
  Deno.test(`excerpt and escaped: ${name}`, () => {
    assert.equal(escaped(text), shown);
    assert.equal(excerpt(text), shown);
  });
}

Deno.test("excerpt: a long text is cut after 80 characters, and its length is said", () => {
  assert.equal(excerpt("x".repeat(80)), "x".repeat(80));
  assert.equal(excerpt("x".repeat(200_000)), `${"x".repeat(80)}... (200000 characters)`);
  assert.equal(excerpt("🛡".repeat(100)), `${"🛡".repeat(40)}... (200 characters)`);
  assert.equal(excerpt(`a${"🛡".repeat(100)}`), `a${"🛡".repeat(39)}... (201 characters)`);
  assert.equal(excerpt("\0".repeat(20)), `${"\\u0000".repeat(13)}... (20 characters)`);
});

Deno.test("a user's error is one line without control characters, whatever it names", () => {
  const { message } = new UserError("reading a\nb\x1b[31m.png: expected an image");
  assert.equal(message, "reading a\\nb\\u001b[31m.png: expected an image");
});
