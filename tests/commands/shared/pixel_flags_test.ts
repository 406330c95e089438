import assert from "node:assert/strict";
import { epsilonOf } from "../../../lib/commands/shared/pixel_flags.ts";
import { UserError } from "../../../lib/engine/user_error.ts";

const epsilons: readonly [string, number][] = [
  ["8/255", 8],
  ["0.5/1", 127.5],
  ["1/8", 31.875],
  ["0.3/255", 0.3],
  ["1", 1],
  ["20", 20],
  ["30.5", 30.5],
  ["0", 0],
];

for (const [text, pixels] of epsilons) {
  Deno.test(`--epsilon ${text} is ${pixels} in pixels`, () => {
    assert.ok(Math.abs(epsilonOf(text, "pixels") - pixels) < 1e-12);
  });
}

Deno.test("in preprocessed units --epsilon is a number, below 1 too", () => {
  assert.equal(epsilonOf("0.3", "none"), 0.3);
  assert.equal(epsilonOf("30", "none"), 30);
});

const isUsage = (message: RegExp) => (error: unknown) =>
  error instanceof UserError && error.exitCode === 2 && message.test(error.message);

for (
  const [text, within, message] of [
    [
      "0.03",
      "pixels",
      /got 0\.03: write 0\.03\/1 for .* range \(7\.65 pixels\), or 0\.03\/255 for 0\.03 pixels$/,
    ],
    ["8/0", "pixels", /a fraction such as 8\/255, got 8\/0/],
    ["8/255/2", "pixels", /a fraction such as 8\/255, got 8\/255\/2/],
    ["8/x", "pixels", /a number from 0 to 3.4e\+38, got x/],
    ["-8/255", "pixels", /a number from 0 to 3.4e\+38, got -8/],
    ["8/255", "none", /a number from 0 to 3.4e\+38, got 8\/255/],
  ] as const
) {
  Deno.test(`--epsilon ${text} within ${within} is refused`, () => {
    assert.throws(() => epsilonOf(text, within), isUsage(message));
  });
}
