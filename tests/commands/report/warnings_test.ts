import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readFolder, type ResultsFolder } from "../../../lib/commands/report/results_folder.ts";
import { warningSection, warningsIn } from "../../../lib/commands/report/warnings.ts";
import { writeAttacks } from "../../../lib/jobs/run_folder.ts";
import type { Results, RobustnessRow } from "../../../lib/results/results.ts";
import { inNewFolder } from "../../jobs/small_experiment.ts";
import { autoAttackRow, divergedRow, table1Row } from "../../plots/sample_rows.ts";

/** A folder with these tables and nothing else. */
function folderWith(tables: Partial<Results>, path = "/none"): ResultsFolder {
  const results: Results = {
    table1: [],
    figure2: [],
    figure3: [],
    figure4: [],
    ablations: [],
    search: [],
    robustness: [],
    transfer: [],
    auto_attack: [],
    scaled_c: [],
    ...tables,
  };
  return { path, results, planned: undefined, configs: new Map(), leftOut: new Map() };
}

const sound = table1Row({ network: "lenet", fooled_rate: 1 });
const soundUnderAll = autoAttackRow({});
const strong: RobustnessRow = {
  run_id: "",
  network: "lenet",
  method: "reference",
  seed: 1,
  images: 2000,
  rho2_deepfool: 0.2,
  rho2_fmn: 0.2,
  rho2_worst: 0.2,
  "acc_fgs_0.2": 0.5,
  "acc_fgs_0.5": 0.5,
  "acc_fgs_1.0": 0.5,
  "acc_pgd_0.2": 0.5,
  "acc_pgd_0.5": 0.4,
  "acc_pgd_1.0": 0.3,
  "acc_worst_0.2": 0.5,
  "acc_worst_0.5": 0.4,
  "acc_worst_1.0": 0.3,
  "acc_pgd_l2_0.2": 0.5,
  "acc_pgd_l2_0.5": 0.5,
  "acc_pgd_l2_1.0": 0.5,
  failed_checks: null,
};

for (
  const [what, tables, expected] of [
    ["sound figures", { table1: [sound], robustness: [strong], auto_attack: [soundUnderAll] }, []],
    ["a model that diverged", { table1: [divergedRow()] }, []],
    [
      "images that DeepFool failed on",
      { table1: [{ ...sound, fooled_rate: 0.9975 }] },
      [/^LeNet, Reference, seed 0, DeepFool: The attack fails on 0\.25% of the test images\. .*not known/],
    ],
    [
      "a DeepFool that fools nothing",
      { table1: [{ ...sound, fooled_rate: 0 }] },
      [/DeepFool: The attack fools nothing\./],
    ],
    [
      "accuracy that rises with the fast gradient sign's ε",
      { table1: [{ ...sound, "acc_fgs_0.5": 0.2, "acc_fgs_1.0": 0.3 }] },
      [/the fast gradient sign attack, ε in parts of .* rises from 20\.00% at ε = 0\.5 to 30\.00% at ε = 1\./],
    ],
    [
      "accuracy under the weakest fast gradient sign above that without attack",
      { table1: [{ ...sound, accuracy: 0.5 }] },
      [/rises from 50\.00% at ε = 0 to /],
    ],
    ["no reference strength", { table1: [{ ...sound, "acc_fgs_0.5": null }] }, []],
    [
      "accuracy that rises with PGD's ε",
      { robustness: [{ ...strong, "acc_pgd_l2_1.0": 0.6 }] },
      [/^LeNet, Reference, seed 1, PGD in l2, ε in parts of .* to 60\.00% at ε = 1\./],
    ],
    [
      "checks for masked gradients",
      { robustness: [{ ...strong, failed_checks: "PGD is never weaker than noise" }] },
      [/masked gradients: These do not hold: PGD is never weaker than noise\./],
    ],
    [
      "an AutoAttack that fools nothing",
      { auto_attack: [{ ...soundUnderAll, acc_l2: soundUnderAll.accuracy }] },
      [/AutoAttack: It fools nothing in the l2 ball\./],
    ],
    [
      "a model that is never right",
      { auto_attack: [{ ...soundUnderAll, accuracy: 0, acc_linf: 0, acc_l2: 0 }] },
      [],
    ],
    [
      "members that were left out",
      { auto_attack: [{ ...soundUnderAll, left_out: "square: it takes images" }] },
      [/AutoAttack: It ran without members \(square: it takes images\)/],
    ],
    [
      "images that no search fooled",
      { auto_attack: [{ ...soundUnderAll, unfooled: 3 }] },
      [/None of DeepFool, the fast minimum-norm attack and FAB fools 3 of 1,000 images\./],
    ],
  ] as const satisfies readonly [string, Partial<Results>, readonly RegExp[]][]
) {
  Deno.test(`a report's warnings on ${what}`, async () => {
    const found = await warningsIn(folderWith(tables));
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((pattern, i) => assert.match(found[i]!, pattern));
  });
}

Deno.test("with attacks.arrow a report tells the mean without the images that DeepFool failed on", async () => {
  await inNewFolder(async (path) => {
    const row = { ...sound, run_id: "0123456789abcdef", fooled_rate: 0.5 };
    const run = `${path}/runs/${row.run_id}`;
    await Deno.mkdir(run, { recursive: true });
    const image = { label: 0, predicted: 0, iterations: 1, norm: 1 };
    await writeAttacks(run, [
      { ...image, index: 0, fooled_as: 1, ratio: 0.25 },
      { ...image, index: 1, fooled_as: 0, ratio: 0.75 },
    ]);
    const [found, ...more] = await warningsIn(folderWith({ table1: [row] }, path));
    assert.deepEqual(more, []);
    assert.match(
      found!,
      /fails on 1 of 2 images \(50\.00%\).*it is 0\.5, and 0\.25 without them\.$/,
    );
  });
});

Deno.test("nothing warns of the committed results, whose report has no section of warnings", async () => {
  for (const name of ["paper", "cifar10"]) {
    const path = fileURLToPath(new URL(`../../../outputs/${name}`, import.meta.url));
    const folder = await readFolder(path);
    assert.deepEqual(await warningsIn(folder), [], name);
    assert.deepEqual(await warningSection(folder), [], name);
  }
});
