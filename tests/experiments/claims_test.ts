import assert from "node:assert/strict";
import { claims, type Evidence, spearman } from "../../lib/experiments/claims.ts";
import type { Figure2Row, Figure3Row, Figure4Row } from "../../lib/experiments/rows.ts";
import { figure2Rows, table1Row } from "../plots/sample_rows.ts";

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

Deno.test("the paper's own table bears its claims out", () => {
  const { highest_rho2, highest_fgs, accuracy, parseval, combined } = verdicts({ table1: paper });
  assert.deepEqual(
    { highest_rho2, highest_fgs, accuracy, parseval, combined },
    { highest_rho2: true, highest_fgs: true, accuracy: true, parseval: true, combined: true },
  );
});

const changes: [claim: string, method: string, change: Parameters<typeof table1Row>[0]][] = [
  ["highest_rho2", "reference", { rho2: 0.2 }],
  ["highest_rho2", "deep_defense", { rho2: 0.15 }],
  ["highest_fgs", "deep_defense", { "acc_fgs_0.5": 0.5 }],
  ["accuracy", "deep_defense", { accuracy: 0.983 }],
  ["parseval", "parseval", { "acc_fgs_0.2": 0.7 }],
  ["parseval", "parseval", { rho2: 0.12 }],
  ["combined", "deep_defense_adv_train_2", { "acc_fgs_1.0": 0.4 }],
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

Deno.test("a claim about a method that was not run is not judged", () => {
  const table1 = paper.filter(({ method }) => method !== "adv_train_1");
  const { highest_rho2, accuracy } = verdicts({ table1 });
  assert.deepEqual([highest_rho2, accuracy], [null, true]);
});

/** A curve of a method on the MLP, an epoch a pair of accuracy and rho_2. */
function curve(method: string, epochs: readonly [number, number][]): Figure2Row[] {
  const [row] = figure2Rows(["mlp"], [method], [0]);
  return epochs.map(([accuracy, rho2], epoch) => ({ ...row!, method, epoch, accuracy, rho2 }));
}

const convergences: [what: string, epochs: [number, number][], holds: boolean][] = [
  ["passes at once and grows", [[0.98, 0.1], [0.981, 0.12], [0.982, 0.13], [0.983, 0.14], [
    0.984,
    0.15,
  ], [0.985, 0.16]], true],
  ["passes too late", [[0.98, 0.1], [0.97, 0.12], [0.97, 0.13], [0.979, 0.14], [0.984, 0.15], [
    0.985,
    0.16,
  ]], false],
  ["falls in the end", [[0.98, 0.1], [0.981, 0.12], [0.982, 0.13], [0.983, 0.14], [0.984, 0.15], [
    0.982,
    0.16,
  ]], false],
];

for (const [what, epochs, holds] of convergences) {
  Deno.test(`convergence of a curve that ${what}: ${holds}`, () => {
    assert.equal(verdicts({ figure2: curve("deep_defense", epochs) }).convergence, holds);
  });
}

Deno.test("Adv. Train I grows in accuracy and falls in rho_2, or the claim does not hold", () => {
  const epochs: [number, number][] = [[0.98, 0.1], [0.981, 0.16], [0.982, 0.155], [0.983, 0.15]];
  assert.equal(verdicts({ figure2: curve("adv_train_1", epochs) }).adv_train_1_rho2, true);
  const rising = epochs.map(([accuracy], i) => [accuracy, 0.1 + 0.01 * i] as [number, number]);
  assert.equal(verdicts({ figure2: curve("adv_train_1", rising) }).adv_train_1_rho2, false);
});

function grid(measures: (lambda: number, c: number) => [number, number]): Figure3Row[] {
  return [5, 15, 25].flatMap((lambda) =>
    [5, 10, 15].map((c) => {
      const [accuracy, rho2] = measures(lambda, c);
      return { run_id: "", lambda, c, d: 5, seed: 0, accuracy, rho2 };
    })
  );
}

Deno.test("Figure 3's claims go by the ranks on every curve", () => {
  const figure3 = grid((
    lambda,
    c,
  ) => [0.99 + c / 1e4 - lambda / 1e5, 0.3 - c / 100 + lambda / 1e3]);
  const { c, lambda } = verdicts({ figure3 });
  assert.deepEqual([c, lambda], [true, true]);
  const opposite = verdicts({ figure3: grid((lambda, c) => [0.99 - c / 1e4, 0.3 + lambda / 1e3]) });
  assert.deepEqual([opposite.c, opposite.lambda], [false, false]);
});

Deno.test("fc1 is the most useful layer if no other one reaches its rho_2 at the best accuracy", () => {
  const row = (layer: string, accuracy: number, rho2: number): Figure4Row => ({
    run_id: "",
    layer,
    c: 25,
    seed: 0,
    accuracy,
    rho2,
  });
  const rows = [row("fc1", 0.99, 0.25), row("conv1", 0.99, 0.22), row("conv2", 0.97, 0.4)];
  assert.equal(verdicts({ figure4: rows }).fc1, true);
  assert.equal(verdicts({ figure4: [...rows, row("fc2", 0.9895, 0.3)] }).fc1, false);
});

const correlations: [a: number[], b: number[], expected: number][] = [
  [[1, 2, 3], [10, 20, 400], 1],
  [[1, 2, 3], [3, 2, 1], -1],
  [[1, 2, 3, 4], [1, 3, 2, 4], 0.8],
  [[1, 2, 3], [5, 5, 5], 0],
];

for (const [a, b, expected] of correlations) {
  Deno.test(`the rank correlation of ${a} and ${b} is ${expected}`, () => {
    assert.ok(Math.abs(spearman(a, b) - expected) < 1e-12);
  });
}
