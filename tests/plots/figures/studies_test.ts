import assert from "node:assert/strict";
import { ablations } from "../../../lib/plots/figures/ablations.ts";
import { claimList } from "../../../lib/plots/figures/claims.ts";
import { hyperparameters } from "../../../lib/plots/figures/hyperparameters.ts";
import { layerwise } from "../../../lib/plots/figures/layerwise.ts";
import { robustness } from "../../../lib/plots/figures/robustness.ts";
import { settingsSearch } from "../../../lib/plots/figures/settings_search.ts";
import { transfer } from "../../../lib/plots/figures/transfer.ts";
import { figure3Rows, figure4Rows } from "../sample_rows.ts";

const reference = { accuracy: 0.991, rho2: 0.207 };

Deno.test("Figure 3 draws the reference and a curve a lambda, c falling from left to right", () => {
  const { data, alt } = hyperparameters(figure3Rows(), reference);
  assert.deepEqual(data.map(({ name }) => name), ["Reference", "λ = 5", "λ = 15", "λ = 25"]);
  assert.deepEqual(data[1]!.customdata, [45, 40, 35, 30, 25, 20, 15, 10, 5]);
  const { size } = data[1]!.marker as { size: number[] };
  assert.deepEqual(size.map((one) => one > size[0]!), [...Array(8).fill(false), true]);
  assert.match(alt, /c falls from 45 to 5, at the large marker\./);
  assert.equal(new Set(data.map(({ marker }) => (marker as { symbol: string }).symbol)).size, 4);
  assert.equal(new Set(data.map(({ marker }) => (marker as { color: string }).color)).size, 4);
});

Deno.test("accuracy is over rho_2, with lines through the reference along both axes", () => {
  const { data, layout, alt } = hyperparameters(figure3Rows(), reference);
  assert.deepEqual([data[0]!.x, data[0]!.y], [[0.207], [0.991]]);
  const [upright, level] = layout.shapes as { [key: string]: number }[];
  assert.deepEqual([upright!.x0, upright!.x1], [0.207, 0.207]);
  assert.deepEqual([level!.y0, level!.y1], [0.991, 0.991]);
  assert.match(alt, /Dashed: the reference, accuracy 99\.10%, ρ₂ 0\.207\./);
});

Deno.test("without a reference there are curves alone", () => {
  for (const start of [undefined, { accuracy: null, rho2: null }]) {
    const { data, layout, alt } = layerwise(figure4Rows(), start);
    assert.equal(data.length, 4);
    assert.deepEqual(layout.shapes, []);
    assert.doesNotMatch(alt, /reference/);
  }
});

Deno.test("a model that diverged is left out of its curve and named", () => {
  const rows = figure3Rows().map((row) =>
    row.lambda === 25 && row.c === 10 ? { ...row, accuracy: null, rho2: null } : row
  );
  const { data, alt } = hyperparameters(rows);
  assert.equal((data.at(-1)!.x as number[]).length, 8);
  assert.match(alt, /Diverged and left out: λ = 25, c = 10, seed 0\.$/);
});

Deno.test("several seeds are drawn as their means", () => {
  const more = figure4Rows().map((row) => ({ ...row, seed: 1, rho2: row.rho2! + 0.02 }));
  const one = layerwise(figure4Rows()).data[0]!.x as number[];
  const { data, alt } = layerwise([...figure4Rows(), ...more]);
  const both = data[0]!.x as number[];
  assert.equal(both.length, 5);
  both.forEach((x, i) => assert.ok(Math.abs(x - one[i]! - 0.01) < 1e-12));
  assert.match(alt, /Means over 2 seeds\./);
});

Deno.test("models that another seed repeats are dotted curves of their own, outside the means", () => {
  const again = figure3Rows().filter(({ lambda, c }) => lambda === 15 && [5, 25, 45].includes(c));
  const { data, alt } = hyperparameters([
    ...figure3Rows().map((row) => row.c === 25 ? { ...row, accuracy: 0.99, rho2: 0.2 } : row),
    ...again.map((row) => ({ ...row, seed: 2, accuracy: 0.992, rho2: 0.22 })),
  ]);
  const [dotted, ...others] = data.filter(({ showlegend }) => showlegend === false);
  assert.deepEqual(data.map(({ x }) => (x as number[]).length), [9, 9, 3, 9]);
  assert.deepEqual([dotted!.customdata, others], [[45, 25, 5], []]);
  assert.deepEqual([dotted!.legendgroup, (dotted!.line as { dash: string }).dash], [
    "λ = 15",
    "dot",
  ]);
  assert.match(String(dotted!.hovertemplate), /seed 2/);
  assert.match(alt, /Small open markers, joined by dots: some models again, with seed 2\./);
  assert.match(alt, /; λ = 15, c = 25: accuracy 99\.10 ± 1\.27%, ρ₂ 0\.210 ± 0\.127 \(2 seeds\);/);
  const twice = [2, 3].flatMap((seed) => again.map((row) => ({ ...row, seed })));
  const { alt: ofThree } = hyperparameters([...figure3Rows(), ...twice]);
  assert.match(ofThree, /some models again, with seeds 2 and 3\./);
});

Deno.test("Figure 3 draws the paper's own points where they are given", () => {
  const paper = [{ name: "<b>", accuracy: 0.9934, rho2: 0.284 }];
  const { data, alt } = hyperparameters(figure3Rows(), reference, paper);
  const { name, x, y } = data.at(-1)!;
  assert.deepEqual([name, x, y], ["Paper: &lt;b&gt;", [0.284], [0.9934]]);
  assert.match(alt, /^As the paper's Figure 3: .* Open markers: the paper's Table 1\./);
});

Deno.test("Figure 4 draws a curve a layer, and names from outside are text in it", () => {
  const { data, alt } = layerwise(figure4Rows(), reference);
  assert.deepEqual(data.map(({ name }) => name), ["Reference", "conv1", "conv2", "fc1", "fc2"]);
  assert.match(alt, /only one layer: conv1, conv2, fc1, fc2/);
  const own = layerwise(figure4Rows().map((row) => ({ ...row, layer: "<b>" }))).data[0]!;
  assert.equal(own.name, "&lt;b&gt;");
  assert.match(String(own.hovertemplate), /^<b>&lt;b&gt;, c = /);
});

/** The cells of an ablation's line, as text. */
function cellsOf(html: string, title: string): string[] {
  const line = html.split("<tr>").find((one) => one.includes(`>${title}`)) ?? "";
  return [...line.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) =>
    cell!.replaceAll(/<[^>]+>/g, " ").trim().replaceAll(/\s+/g, " ")
  );
}

Deno.test("ablations are compared with the baseline of their network; one that diverged says so", () => {
  const row = { run_id: "", network: "lenet", seed: 0, c: 25 };
  const { html, alt } = ablations([
    { ...row, ablation: "baseline", accuracy: 0.99, rho2: 0.2 },
    { ...row, ablation: "iterations_1", accuracy: 0.98, rho2: 0.22 },
    { ...row, ablation: "iterations_2", accuracy: 0.99001, rho2: 0.19999 },
    { ...row, ablation: "linear", accuracy: null, rho2: null },
    { ...row, ablation: "<new>", accuracy: 0.9912, rho2: 0.19 },
    { ...row, ablation: "baseline", network: "mlp", accuracy: 0.9, rho2: 0.1 },
    { ...row, ablation: "p_inf", network: "mlp", accuracy: 0.91, rho2: 0.11 },
  ]);
  assert.deepEqual(cellsOf(html, "Deep Defense as in the paper"), ["90.00", "0.100"], "MLP first");
  assert.deepEqual(cellsOf(html, "DeepFool, at most 1 iteration"), ["98.00 −1.00", "0.220 +10.0%"]);
  assert.deepEqual(cellsOf(html, "DeepFool, at most 2"), ["99.00 0.00", "0.200 0.0%"]);
  assert.deepEqual(cellsOf(html, "R linear, λ as before"), ["–", "–"]);
  assert.match(html, /R linear, λ as before <em class="dd-diverged">diverged/);
  assert.deepEqual(cellsOf(html, "&lt;new&gt;"), ["99.12 +0.12", "0.190 −5.0%"]);
  assert.deepEqual(cellsOf(html, "p = ∞"), ["91.00 +1.00", "0.110 +10.0%"]);
  assert.match(alt, /of MLP and LeNet where/);
});

Deno.test("ablations of several seeds are means, and stand without a baseline", () => {
  const row = { run_id: "", network: "lenet", c: 25, ablation: "linear" };
  const { html } = ablations([
    { ...row, seed: 0, accuracy: 0.98, rho2: 0.2 },
    { ...row, seed: 1, accuracy: 0.99, rho2: 0.3 },
    { ...row, seed: 2, accuracy: null, rho2: null },
  ]);
  assert.deepEqual(cellsOf(html, "R linear, λ as before"), ["98.50", "0.250"]);
  assert.match(html, /dd-diverged">diverged/);
  assert.match(html, /Means over 3 seeds, without those that diverged/);
});

Deno.test("claims are listed with their verdict and figures", () => {
  const { html, alt } = claimList([
    { id: "a", text: "A is B at ε_ref", holds: true, figures: "1 < 2" },
    { id: "b", text: "B is C", holds: false, figures: "3" },
    { id: "c", text: "C is D", holds: null, figures: "" },
  ]);
  assert.match(
    html,
    /<b>✓ holds<\/b> <span>A is B at ε<sub>ref<\/sub>\.<\/span><div><small>1 &lt; 2<\/small><\/div>/,
  );
  assert.match(html, /<b>✗ does not hold<\/b> <span>B is C/);
  assert.match(html, /– not measured<\/b> <span>C is D\.<\/span><\/li>/);
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
  ["deep_defense", { rho2_fmn: 0.15 }, />real<\/td><\/tr>/],
  ["parseval", { rho2_fmn: 0.101 }, />none<\/td><\/tr>/],
  [
    "adv_train_2",
    { rho2_fmn: 0.2, failed_checks: "a < b" },
    />not real: fails “a &lt; b”<\/td>/,
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

Deno.test("the search of settings tells every candidate in words, and which was chosen", () => {
  const candidate = { run_id: "", network: "lenet", accuracy: 0.99125, rho2: 0.3, acc_pgd: 0.875 };
  const { html } = settingsSearch([
    { ...candidate, method: "reference", settings: "{}", score: 2, chosen: 1 },
    { ...candidate, method: "parseval", settings: `{"beta":0.0001}`, score: 2, chosen: 1 },
    {
      ...candidate,
      method: "adv_train_2",
      settings: `{"fgs_share":0.5,"fgs_epsilon":30}`,
      accuracy: null,
      score: null,
      chosen: 0,
    },
  ]);
  const cells = [...html.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, text]) => text);
  assert.deepEqual(cells, [
    ...["LeNet", "Reference", "", "99.13", "0.300", "87.50", ""],
    ...["LeNet", "Par. Train", "beta 0.0001", "99.13", "0.300", "87.50", "✓"],
    ...["LeNet", "Adv. Train II", "fgs share 0.5, fgs epsilon 30", "–", "0.300", "87.50", ""],
  ]);
});
