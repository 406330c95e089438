import assert from "node:assert/strict";
import { ablations } from "../../lib/plots/ablations.ts";
import { claimList } from "../../lib/plots/claims.ts";
import { hyperparameters } from "../../lib/plots/hyperparameters.ts";
import { layerwise } from "../../lib/plots/layerwise.ts";
import { robustness } from "../../lib/plots/robustness.ts";
import { transfer } from "../../lib/plots/transfer.ts";
import { figure3Rows, figure4Rows } from "./sample_rows.ts";

const reference = { accuracy: 0.991, rho2: 0.207 };

Deno.test("Figure 3 draws the reference and a curve a lambda, c falling from left to right", () => {
  const { data } = hyperparameters(figure3Rows(), reference);
  assert.deepEqual(data.map(({ name }) => name), ["Reference", "λ = 5", "λ = 15", "λ = 25"]);
  assert.deepEqual(data[1]!.customdata, [45, 40, 35, 30, 25, 20, 15, 10, 5]);
  assert.equal(new Set(data.map(({ marker }) => (marker as { symbol: string }).symbol)).size, 4);
  assert.equal(new Set(data.map(({ marker }) => (marker as { color: string }).color)).size, 4);
});

Deno.test("a model that diverged is left out of its curve and named", () => {
  const rows = figure3Rows().map((row) =>
    row.lambda === 25 && row.c === 10 ? { ...row, accuracy: null, rho2: null } : row
  );
  const { data, alt } = hyperparameters(rows);
  assert.equal((data.at(-1)!.x as number[]).length, 8);
  assert.match(alt, /Diverged and left out: λ = 25, c = 10\./);
});

Deno.test("Figure 4 draws a curve a layer", () => {
  const { data, alt } = layerwise(figure4Rows(), reference);
  assert.deepEqual(data.map(({ name }) => name), ["Reference", "conv1", "conv2", "fc1", "fc2"]);
  assert.match(alt, /one layer alone: conv1, conv2, fc1, fc2/);
});

Deno.test("ablations are compared with the baseline; one that diverged says so", () => {
  const row = { run_id: "", network: "lenet", seed: 0, c: 25 };
  const { html } = ablations([
    { ...row, ablation: "baseline", accuracy: 0.99, rho2: 0.2 },
    { ...row, ablation: "iterations_1", accuracy: 0.98, rho2: 0.22 },
    { ...row, ablation: "linear", accuracy: null, rho2: null },
    { ...row, ablation: "<new>", accuracy: 0.9, rho2: 0.19 },
  ]);
  assert.match(html, /at most 1 iteration.*98\.00.*0\.220.*\+10\.0%/s);
  assert.match(html, /R linear.*diverged/s);
  assert.match(html, /&lt;new&gt;.*−5\.0%/s);
});

Deno.test("claims are listed with their verdict and figures", () => {
  const { html, alt } = claimList([
    { id: "a", text: "A is B", holds: true, figures: "1 < 2" },
    { id: "b", text: "B is C", holds: false, figures: "3" },
    { id: "c", text: "C is D", holds: null, figures: "" },
  ]);
  assert.match(html, /<b>holds<\/b> A is B\.<small>1 &lt; 2<\/small>/);
  assert.match(html, /<b>does not hold<\/b> B is C/);
  assert.match(html, /<b>not measured<\/b> C is D\.<\/li>/);
  assert.match(alt, /1 of the 2/);
});

const strong = {
  run_id: "",
  network: "mlp",
  seed: 0,
  images: 100,
  rho2_deepfool: 0.2,
  rho2_fmn: 0.1,
  rho2_worst: 0.1,
  "acc_fgs_0.2": 0.9,
  "acc_fgs_0.5": 0.5,
  "acc_fgs_1.0": 0.2,
  "acc_pgd_0.2": 0.9,
  "acc_pgd_0.5": 0.4,
  "acc_pgd_1.0": 0.1,
  "acc_worst_0.2": 0.9,
  "acc_worst_0.5": 0.4,
  "acc_worst_1.0": 0.1,
  "acc_pgd_l2_0.2": 0.9,
  "acc_pgd_l2_0.5": 0.7,
  "acc_pgd_l2_1.0": 0.3,
  failed_checks: "",
};

const verdicts: [method: string, change: object, verdict: RegExp][] = [
  ["deep_defense", { rho2_fmn: 0.15 }, /<td>real<\/td><\/tr>/],
  ["parseval", { rho2_fmn: 0.101 }, /<td>none<\/td><\/tr>/],
  [
    "adv_train_2",
    { rho2_fmn: 0.2, failed_checks: "a < b" },
    /<td>not real: fails “a &lt; b”<\/td>/,
  ],
];

for (const [method, change, verdict] of verdicts) {
  Deno.test(`stronger attacks on ${method} with ${JSON.stringify(change)}: ${verdict.source}`, () => {
    const rows = [{ ...strong, method: "reference" }, { ...strong, method, ...change }];
    assert.match(robustness(rows).html, verdict);
  });
}

Deno.test("transfer is a matrix in the methods' order, seeds averaged", () => {
  const methods = ["deep_defense", "reference"];
  const rows = [0, 1].flatMap((seed) =>
    methods.flatMap((source, i) =>
      methods.map((target, j) => ({
        run_id: "",
        network: "mlp",
        seed,
        images: 10,
        attack: "fgs",
        source,
        target,
        accuracy: 0.1 * (1 + i) + 0.01 * (1 + j) + 0.001 * seed,
      }))
    )
  );
  const { data } = transfer(rows, { network: "mlp", attack: "fgs" });
  const z = (data[0]!.z as number[][]).map((row) => row.map((value) => value.toFixed(4)));
  assert.deepEqual(z, [["0.2205", "0.2105"], ["0.1205", "0.1105"]]);
  assert.deepEqual(data[0]!.x, ["Reference", "Deep Defense"]);
});
