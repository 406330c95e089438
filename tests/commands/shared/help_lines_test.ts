import assert from "node:assert/strict";
import { helpLines } from "../../../lib/commands/shared/help_lines.ts";
import { run } from "../command.ts";

const commands = ["reproduce", "report", "attack", "evaluate", "defend", "export", "notebooks"];

for (const command of commands) {
  Deno.test(`--help of ${command} has no line of more than 112 characters`, async () => {
    const { code, out } = await run([command, "--help"]);
    assert.equal(code, 0);
    assert.deepEqual(out.split("\n").filter((line) => [...line].length > 112), []);
  });
}

const under = " ".repeat(22);
const names = Array<string>(20).fill("networks").join(" ");

const cases: [what: string, text: string, lines: string][] = [
  ["short lines stay", "Attacks.\n\n  --json              print JSON", ""],
  [
    "an explanation's lines are joined where they fit",
    `  --images N          the first\n${under}N images`,
    "  --images N          the first N images",
  ],
  [
    "a long explanation goes on under its beginning",
    `  --network NAME      ${names}\n  --help              print this`,
    `  --network NAME      ${names.slice(0, 89)}\n${under}${
      names.slice(90)
    }\n  --help              print this`,
  ],
  [
    "a paragraph's lines are joined",
    "Attacks a model.\nWrites a page.",
    "Attacks a model. Writes a page.",
  ],
  ["a word that is too long stays whole", "x".repeat(200), ""],
];

for (const [what, text, lines] of cases) {
  Deno.test(`in help texts, ${what}`, () => assert.equal(helpLines(text), lines || text));
}
