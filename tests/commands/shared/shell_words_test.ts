import assert from "node:assert/strict";
import { quoted, wordsOf } from "../../../lib/commands/shared/shell_words.ts";
import { UserError } from "../../../lib/engine/user_error.ts";

const words = [
  "plain",
  "a b",
  "it's",
  '"',
  "$HOME",
  "`ls`",
  "a\nb",
  "",
  "*",
  "~",
  "déf",
  "a\\b",
  "--x=1",
  "#",
];

Deno.test("a shell takes quoted words as they are", async () => {
  const script = `printf '%s\\0' ${words.map(quoted).join(" ")}`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
  assert.deepEqual(new TextDecoder().decode(stdout).split("\0").slice(0, -1), words);
});

Deno.test("words are split as a shell splits them", async () => {
  const texts = [
    "",
    "  ",
    "--time=4:00:00  --cpus-per-task=4",
    `--comment='a b' "c \\"d\\" e" f\\ g`,
    `''`,
    `a"b c"'d e'f`,
    `"it's" 'say "so"'`,
    "a\tb",
  ];
  for (const text of texts) {
    const script = `for word in ${text}; do printf '%s\\0' "$word"; done`;
    const { stdout } = await new Deno.Command("sh", { args: ["-c", script] }).output();
    const expected = new TextDecoder().decode(stdout).split("\0").slice(0, -1);
    assert.deepEqual(wordsOf("slurm", text), expected, text);
  }
  assert.deepEqual(wordsOf("slurm", words.map(quoted).join(" ")), words);
});

Deno.test("a quotation mark without its partner is refused", () => {
  for (const text of [`--comment='a b`, `"`, "a\\", `a 'b' "c`]) {
    assert.throws(
      () => wordsOf("slurm", text),
      (error) =>
        error instanceof UserError &&
        /--slurm: expected quotation marks in pairs/.test(error.message),
    );
  }
});
