import assert from "node:assert/strict";
import type { DefendResults } from "../../../lib/commands/defend/record.ts";
import { sentencesOf } from "../../../lib/commands/defend/sentences.ts";

const figures = { accuracy: 0.98, rho2: 0.1, rho2_fmn: 0.09, accuracy_pgd: 0.5 };

/** What the epochs come to: the second one resists more, and loses too much accuracy. */
const forgetting = [
  { epoch: 0, accuracy: 1, rho2: 0.1 },
  { epoch: 1, accuracy: 0.98, rho2: 0.2 },
  { epoch: 2, accuracy: 0.99, rho2: 0.1 },
];
const failing = { attack: "DeepFool", sentence: "The attack fails on 1 of 9 images." };

/** Results of two epochs, of which one is kept. */
function resultsOf(
  kept: number,
  chooseOn: "train" | "test",
  rho2: number | null,
  epochs: readonly object[] = forgetting,
  retries = 0,
): DefendResults {
  return {
    command: { accuracyLoss: 0.005, within: "pixels", chooseOn },
    dataset: { test: { count: 1000 } },
    defended: { kept, epochs, retries },
    before: { figures: { ...figures, rho2 }, signs: [] },
    after: { figures: { ...figures, rho2: rho2 && 2 * rho2 }, signs: [failing] },
    leftOut: new Map(),
  } as unknown as DefendResults;
}

const cases: readonly (readonly [string, DefendResults, RegExp])[] = [
  [
    "which epoch is kept, and why",
    resultsOf(2, "train", 0.1),
    /^Epoch 2 of 2 is kept: of those that lose no more than 0.5 points .* held-out training images it resists most\./,
  ],
  [
    "that none is better, and what may be the reason",
    resultsOf(0, "train", 0.1),
    /No epoch of 2 .* Accuracy there was 100.00% at the start, then 98.00%, 99.00%\. .* --choose-on test/s,
  ],
  [
    "what to try where none is better on test images",
    resultsOf(0, "test", 0.1),
    /No epoch .* then 98.00%, 99.00%\. A larger --c, a smaller --lambda .* --accuracy-loss allows more\./s,
  ],
  [
    "that training began again",
    resultsOf(1, "test", 0.1, forgetting, 1),
    /it resists most\. Training began again once with a third of the learning rate: with the larger one no epoch/,
  ],
  [
    "how often training began again",
    resultsOf(0, "test", 0.1, forgetting, 2),
    /Training began again 2 times, each time with a third/,
  ],
  [
    "how many times rho_2 is larger",
    resultsOf(1, "train", 0.1),
    /: 0\.1 before, 0\.2 after, 2\.00 times/,
  ],
  [
    "that black images have no rho_2",
    resultsOf(1, "train", null),
    /there is none, since all images are 0/,
  ],
  [
    "on which images an attack fails",
    resultsOf(1, "train", 0.1),
    /Warning, DeepFool, after: The attack fails on 1 of 9 images\./,
  ],
  [
    "in which units",
    resultsOf(1, "test", 0.1),
    /set apart .*Accuracy on the other test images: .*Attacks change pixels 0-255, between 0/s,
  ],
];

for (const [what, results, message] of cases) {
  Deno.test(`the summary of defend says ${what}`, () => {
    const sentences = sentencesOf(results, { epsilon: 12.34567, units: "pixels 0-255" });
    assert.match(sentences.join(" "), message);
    assert.match(sentences.join(" "), /PGD \(l2, ε 12\.35\): 50\.00% before/);
  });
}

const unchanged = forgetting.map((epoch) => ({ ...epoch, accuracy: 1, rho2: 0.1 }));

for (
  const [what, results] of [
    ["test images", resultsOf(0, "test", 0.1)],
    ["training images whose accuracy stays", resultsOf(0, "train", 0.1, unchanged)],
  ] as const
) {
  Deno.test(`the summary of defend does not say that it forgets ${what}`, () => {
    const sentences = sentencesOf(results, { epsilon: 1, units: "any" });
    assert.doesNotMatch(sentences.join(" "), /forgets/);
  });
}
