import assert from "node:assert/strict";
import type { AutoAttackRow } from "../../../lib/experiments/auto_attack.ts";
import { autoAttack } from "../../../lib/plots/figures/auto_attack.ts";
import { autoAttackRow } from "../sample_rows.ts";

const row = autoAttackRow();

/** Three models: the reference, one trained with attacks, and Deep Defense. */
const three = (trained: object, deepDefense: object): AutoAttackRow[] => [
  row,
  { ...row, method: "adv_train_2", ...trained },
  { ...row, method: "deep_defense", ...deepDefense },
];

for (
  const [name, rows, expected] of [
    [
      "Deep Defense above both",
      three({ acc_linf: 0.5 }, { acc_linf: 0.8 }),
      /LeNet, l∞: under AutoAttack Deep Defense is 50\.0 points above the reference, and 30\.0 points above Adv\. Train II, the best other method\. That it resists better holds here\./,
    ],
    [
      "Deep Defense below the best other method",
      three({ acc_linf: 0.9 }, { acc_linf: 0.8 }),
      /50\.0 points above the reference, and 10\.0 points below Adv\. Train II.* does not hold here\./,
    ],
    [
      "Deep Defense as good as the best other method, to chance",
      three({ acc_l2: 0.81 }, { acc_l2: 0.8 }),
      /LeNet, l2: .* within chance \(1\.0 ± 3\.5 points\) of Adv\. Train II.* is not decided here\./,
    ],
    [
      "all keep little",
      three({ acc_linf: 0.01 }, { acc_linf: 0.02 }).map((row) => ({
        ...row,
        acc_linf: Math.min(row.acc_linf!, 0.02),
      })),
      /All of them keep little accuracy: the ball is too large to compare them\./,
    ],
    [
      "DeepFool's excess and the methods' order, the same",
      three({ rho2_deepfool: 0.3, rho2_smallest: 0.2 }, { rho2_deepfool: 0.4, rho2_smallest: 0.3 }),
      /33\.3 to 50\.0% larger than the smallest .*; both put the methods in the same order\./,
    ],
    [
      "DeepFool's excess and the methods' order, another",
      three({ rho2_deepfool: 0.3, rho2_smallest: 0.1 }, { rho2_deepfool: 0.4, rho2_smallest: 0.3 }),
      /they put the methods in another order\./,
    ],
    [
      "the balls",
      [row],
      /LeNet: balls of radius 0\.1 in l∞ and 1\.5 in l2, of the full range/,
    ],
    [
      "members that were left out",
      [{ ...row, left_out: "square: it takes images" }],
      /LeNet: left out of AutoAttack: square: it takes images\./,
    ],
    [
      "weights from files",
      [row, { ...row, method: "clean", weights_sha256: "ab" }],
      /the weights of 1 of 2 models come from files/,
    ],
    ["a model that diverged", [{ ...row, accuracy: null, acc_linf: null }], /<td[^>]*>–<\/td>/],
  ] as const
) {
  Deno.test(`the table of AutoAttack says: ${name}`, () => {
    assert.match(autoAttack(rows).html, expected);
  });
}

Deno.test("the table of AutoAttack claims nothing of Deep Defense where it is not there", () => {
  assert.doesNotMatch(autoAttack([row]).html, /Deep Defense/);
});
