import assert from "node:assert/strict";
import { claims, type Evidence } from "../../lib/experiments/claims.ts";
import type { Figure2Row, Figure3Row, Figure4Row } from "../../lib/results/results.ts";
import { methodTitle, networkTitle } from "../../lib/plots/titles.ts";
import { divergedRow, figure2Rows, table1Row } from "../plots/sample_rows.ts";

const none: Evidence = { table1: [], figure2: [], figure3: [], figure4: [] };

/** The paper's MNIST MLP rows, and a combined method that is better still. */
const paper = ([
  ["reference", 0.9831, 0.111, 0.7276, 0.2908, 0.0331],
  ["parseval", 0.9832, 0.111, 0.7744, 0.2895, 0.0296],
  ["adv_train_1", 0.9849, 0.162, 0.877, 0.5969, 0.2255],
  ["deep_defense", 0.9865, 0.225, 0.9504, 0.8893, 0.5],
  ["deep_defense_adv_train_2", 0.9865, 0.23, 0.96, 0.9, 0.6],
] as const).map(([method, accuracy, rho2, a, b, c]) =>
  table1Row({ method, accuracy, rho2, "acc_fgs_0.2": a, "acc_fgs_0.5": b, "acc_fgs_1.0": c })
);

function verdicts(evidence: Partial<Evidence>): Record<string, boolean | null> {
  return Object.fromEntries(claims({ ...none, ...evidence }).map(({ id, holds }) => [id, holds]));
}

Deno.test("without evidence no claim is judged", () => {
  for (const { holds, figures } of claims(none)) {
    assert.equal(holds, null);
    assert.equal(figures, "");
  }
});

/** What a claim says of the evidence. */
function claimOf(id: string, evidence: Partial<Evidence>) {
  const titles = { methodTitle, networkTitle };
  return claims({ ...none, ...evidence }, titles).find((claim) => claim.id === id)!;
}

Deno.test("the paper's own table bears its claims out", () => {
  const { highest_rho2, highest_fgs, second, accuracy, parseval, combined } = verdicts({
    table1: paper,
  });
  assert.deepEqual([highest_rho2, highest_fgs, second, accuracy, parseval, combined], [
    true,
    true,
    true,
    true,
    true,
    true,
  ]);
});

const changes: [claim: string, method: string, change: Parameters<typeof table1Row>[0]][] = [
  ["highest_rho2", "reference", { rho2: 0.23 }],
  ["highest_rho2", "parseval", { rho2: 0.225 }],
  ["highest_rho2", "deep_defense", { rho2: 0.15 }],
  ["highest_fgs", "deep_defense", { "acc_fgs_0.5": 0.5 }],
  ["highest_fgs", "adv_train_1", { "acc_fgs_1.0": 0.51 }],
  ["second", "reference", { rho2: 0.2 }],
  ["second", "parseval", { "acc_fgs_0.2": 0.9 }],
  ["accuracy", "deep_defense", { accuracy: 0.983 }],
  ["parseval", "parseval", { "acc_fgs_0.2": 0.7 }],
  ["parseval", "parseval", { rho2: 0.12 }],
  ["combined", "deep_defense_adv_train_2", { "acc_fgs_1.0": 0.4 }],
  ["combined", "deep_defense_adv_train_2", { "acc_fgs_0.2": 0.9504 }],
  ["combined", "deep_defense_adv_train_2", { rho2: 0.22 }],
];

for (const [claim, method, change] of changes) {
  Deno.test(`${claim} does not hold with ${JSON.stringify(change)} for ${method}`, () => {
    const table1 = paper.map((row) => row.method === method ? { ...row, ...change } : row);
    assert.equal(verdicts({ table1 })[claim], false);
  });
}

Deno.test("a claim is judged by the mean over seeds, and has to hold on every network", () => {
  const weak = paper.map((row) => ({
    ...row,
    seed: 1,
    rho2: row.method === "deep_defense" ? 0.13 : row.rho2,
  }));
  assert.equal(verdicts({ table1: [...paper, ...weak] }).highest_rho2, true);
  const other = weak.map((row) => ({ ...row, network: "lenet" }));
  assert.equal(verdicts({ table1: [...paper, ...other] }).highest_rho2, false);
});

const missing: [method: string, claims: string[]][] = [
  ["adv_train_1", ["highest_rho2", "highest_fgs", "second"]],
  ["parseval", ["highest_rho2", "highest_fgs", "second", "parseval"]],
  ["deep_defense", ["highest_rho2", "highest_fgs", "accuracy", "combined"]],
  ["deep_defense_adv_train_2", ["combined"]],
];

for (const [method, ids] of missing) {
  Deno.test(`without ${method} the claims that need it are not judged, nor where it diverged`, () => {
    const left = paper.filter((row) => row.method !== method);
    for (const table1 of [left, [...left, divergedRow({ method })]]) {
      const found = verdicts({ table1 });
      const open = ["highest_rho2", "highest_fgs", "second", "accuracy", "parseval", "combined"]
        .filter((id) => found[id] === null);
      assert.deepEqual(open, ids);
    }
  });
}

Deno.test("what one network lacks leaves a claim open, unless another one refutes it", () => {
  const lenet = paper.filter(({ method }) => method !== "parseval").map((row) => ({
    ...row,
    network: "lenet",
  }));
  const { holds, figures } = claimOf("highest_rho2", { table1: [...paper, ...lenet] });
  assert.equal(holds, null);
  assert.match(figures, /; LeNet: Par\. Train not measured$/);
  const weak = paper.map((row) => row.method === "deep_defense" ? { ...row, rho2: 0.1 } : row);
  assert.equal(verdicts({ table1: [...weak, ...lenet] }).highest_rho2, false);
});

Deno.test("what the paper says of MLP and LeNet alone is not asked of other networks", () => {
  const table1 = paper.map((row) => ({ ...row, network: "convnet" }));
  const figure2 = figure2Rows(["convnet"], ["deep_defense", "adv_train_1"], [0]);
  const { highest_rho2, ...found } = verdicts({ table1, figure2 });
  assert.equal(highest_rho2, true);
  const { second, parseval, convergence, adv_train_1_rho2 } = found;
  assert.deepEqual([second, parseval, convergence, adv_train_1_rho2], [null, null, null, null]);
});

Deno.test("Adv. Train II is compared by itself: the paper's table does not have it", () => {
  const weak = table1Row({ method: "adv_train_2", rho2: 0.2, "acc_fgs_1.0": 0.1 });
  assert.equal(verdicts({ table1: paper }).above_adv_train_2, null);
  assert.equal(verdicts({ table1: [...paper, weak] }).above_adv_train_2, true);
  const strong = verdicts({ table1: [...paper, { ...weak, rho2: 0.3 }] });
  assert.deepEqual([strong.above_adv_train_2, strong.highest_rho2], [false, true]);
});

Deno.test("Clean is compared where it was run", () => {
  const clean = table1Row({ method: "clean", rho2: 0.3 });
  assert.equal(verdicts({ table1: [...paper, clean] }).highest_rho2, false);
});

Deno.test("figures name the best rival and the paper's figures beside ours", () => {
  const table1 = [
    table1Row({ method: "deep_defense", accuracy: 0.9862, paper_accuracy: 0.9865 }),
    table1Row({ accuracy: 0.98, paper_accuracy: null }),
    table1Row({ accuracy: 0.983, paper_accuracy: null, seed: 1 }),
  ];
  assert.equal(
    claimOf("accuracy", { table1 }).figures,
    "MLP: Deep Defense 98.62% (paper 98.65%) against Reference 98.15% in accuracy",
  );
  const { figures } = claimOf("highest_rho2", { table1: paper });
  assert.match(figures, /^MLP: Deep Defense 0\.225 .* against Adv\. Train I 0\.162 .* in ρ₂$/);
});

/** A curve of a method on the MLP, an epoch a pair of accuracy and rho_2. */
function curve(method: string, epochs: readonly [number, number][]): Figure2Row[] {
  const [row] = figure2Rows(["mlp"], [method], [0]);
  return epochs.map(([accuracy, rho2], epoch) => ({ ...row!, method, epoch, accuracy, rho2 }));
}

// deno-fmt-ignore
const convergences: [what: string, epochs: [number, number][], holds: boolean | null][] = [
  ["passes at once and grows", [[0.98, 0.1], [0.981, 0.12], [0.982, 0.13], [0.983, 0.14], [0.984, 0.15], [0.985, 0.16]], true],
  ["passes in the third epoch", [[0.98, 0.1], [0.97, 0.12], [0.97, 0.13], [0.981, 0.14], [0.984, 0.15], [0.985, 0.16]], true],
  ["passes too late", [[0.98, 0.1], [0.97, 0.12], [0.97, 0.13], [0.979, 0.14], [0.984, 0.15], [0.985, 0.16]], false],
  ["passes in accuracy alone", [[0.98, 0.2], [0.981, 0.12], [0.982, 0.13], [0.983, 0.14], [0.984, 0.15], [0.985, 0.16]], false],
  ["falls in the end", [[0.98, 0.1], [0.981, 0.12], [0.982, 0.13], [0.983, 0.14], [0.984, 0.15], [0.982, 0.16]], false],
  ["has two epochs", [[0.98, 0.1], [0.981, 0.12], [0.982, 0.13]], null],
];

for (const [what, epochs, holds] of convergences) {
  Deno.test(`convergence of a curve that ${what}: ${holds}`, () => {
    assert.equal(verdicts({ figure2: curve("deep_defense", epochs) }).convergence, holds);
  });
}

Deno.test("a seed that diverged on the way does not bend a curve", () => {
  const epochs = convergences[0]![1];
  const diverged = curve("deep_defense", epochs).map((row) => ({
    ...row,
    seed: 1,
    accuracy: row.epoch < 2 ? 0.999 : null,
    rho2: row.epoch < 2 ? 0.9 : null,
  }));
  const figure2 = [...curve("deep_defense", epochs), ...diverged];
  assert.equal(verdicts({ figure2 }).convergence, true);
  assert.equal(verdicts({ figure2: diverged }).convergence, null);
});

Deno.test("Adv. Train I grows in accuracy and falls in rho_2, or the claim does not hold", () => {
  const epochs: [number, number][] = [[0.98, 0.1], [0.981, 0.16], [0.982, 0.155], [0.983, 0.15]];
  assert.equal(verdicts({ figure2: curve("adv_train_1", epochs) }).adv_train_1_rho2, true);
  const rising = epochs.map(([accuracy], i) => [accuracy, 0.1 + 0.01 * i] as [number, number]);
  assert.equal(verdicts({ figure2: curve("adv_train_1", rising) }).adv_train_1_rho2, false);
});

function grid(measures: (lambda: number, c: number) => [number, number] | null): Figure3Row[] {
  return [5, 15, 25].flatMap((lambda) =>
    [5, 10, 15, 20].map((c) => {
      const [accuracy, rho2] = measures(lambda, c) ?? [null, null];
      return { run_id: "", lambda, c, d: 5, seed: 0, accuracy, rho2 };
    })
  );
}

const asInPaper = (lambda: number, c: number): [number, number] => [
  0.99 + c / 1e4 - lambda / 1e5,
  0.3 - c / 100 + lambda / 1e3,
];

const grids: [what: string, rows: Figure3Row[], c: boolean | null, lambda: boolean | null][] = [
  ["as in the paper", grid(asInPaper), true, true],
  ["the other way round", grid((l, c) => asInPaper(-l, -c)), false, false],
  ["with accuracies that are all equal", grid((l, c) => [0.99, asInPaper(l, c)[1]]), false, false],
  ["with one curve against c", grid((l, c) => asInPaper(l, l === 25 ? -c : c)), false, true],
  ["with one pair out of order", grid((l, c) => asInPaper(l, c === 5 ? 10.5 : c)), true, true],
  ["diverged at c = 5", grid((l, c) => c === 5 ? null : asInPaper(l, c)), true, true],
  [
    "diverged but for two of every curve",
    grid((l, c) => c < 15 ? null : asInPaper(l, c)),
    null,
    true,
  ],
  ["diverged at lambda 25", grid((l, c) => l === 25 ? null : asInPaper(l, c)), null, null],
];

for (const [what, figure3, c, lambda] of grids) {
  Deno.test(`Figure 3 ${what}: the claim about c is ${c}, about lambda ${lambda}`, () => {
    const found = verdicts({ figure3 });
    assert.deepEqual([found.c, found.lambda], [c, lambda]);
  });
}

Deno.test("Figure 3's claims say the rank correlations", () => {
  const figure3 = grid((lambda, c) => asInPaper(lambda, c === 5 ? 10.5 : c));
  assert.match(
    claimOf("c", { figure3 }).figures,
    /^λ = 5: rank correlation of c with accuracy 0\.80, with ρ₂ −0\.80; λ = 15/,
  );
});

function layer(name: string, accuracy: number, rho2: number, own: Partial<Figure4Row> = {}) {
  return { run_id: "", layer: name, c: 25, seed: 0, accuracy, rho2, ...own };
}

const reference = table1Row({ network: "lenet", accuracy: 0.99 });
const layers = [
  layer("fc1", 0.99, 0.25),
  layer("conv1", 0.991, 0.22),
  layer("conv2", 0.9899, 0.4),
];

const useful: [
  what: string,
  table1: Evidence["table1"],
  rows: Figure4Row[],
  holds: boolean | null,
][] = [
  ["fc1 reaches most without a loss of accuracy", [reference], layers, true],
  ["another layer reaches more", [reference], [...layers, layer("fc2", 0.99, 0.3)], false],
  ["another layer reaches as much", [reference], [...layers, layer("fc2", 0.99, 0.25)], false],
  ["fc1 always loses accuracy", [table1Row({ network: "lenet", accuracy: 0.9905 })], layers, false],
  ["there is no fc1", [reference], layers.slice(1), null],
  ["there is fc1 alone", [reference], layers.slice(0, 1), null],
  ["there is no reference", [table1Row({ accuracy: 0.99 })], layers, null],
  ["the reference is another seed's", [{ ...reference, seed: 1 }], layers, null],
  [
    "another seed's reference is better",
    [reference, table1Row({ network: "lenet", accuracy: 0.999, seed: 1 })],
    layers,
    true,
  ],
  ["fc1's other seed lowers its mean", [reference], [
    ...layers,
    layer("fc1", 0.99, 0.15, { seed: 1 }),
    layer("conv1", 0.991, 0.22, { seed: 1 }),
    layer("conv2", 0.9899, 0.4, { seed: 1 }),
  ], false],
  ["another seed repeats fc1 alone", [reference], [
    ...layers,
    layer("fc1", 0.99, 0.15, { seed: 1 }),
  ], true],
];

for (const [what, table1, figure4, holds] of useful) {
  Deno.test(`fc1 as the most useful layer where ${what}: ${holds}`, () => {
    assert.equal(verdicts({ table1, figure4 }).fc1, holds);
  });
}
