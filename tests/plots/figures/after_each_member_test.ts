import assert from "node:assert/strict";
import { afterEachMember } from "../../../lib/plots/figures/after_each_member.ts";
import type { Layout } from "../../../lib/plots/figures/figure.ts";
import { autoAttackRow } from "../sample_rows.ts";

const rows = ["reference", "deep_defense"].map((method) => autoAttackRow({ method }));

Deno.test("AutoAttack's figure has a panel for each network and ball, and in it a curve for each method", () => {
  const both = [...rows, ...rows.map((row) => ({ ...row, network: "mlp" }))];
  const { data, layout, narrow, alt } = afterEachMember(both);
  assert.deepEqual(
    (layout.annotations as Layout[]).map(({ text }) => text),
    ["MLP, l∞ 0.1", "MLP, l2 1.5", "LeNet, l∞ 0.1", "LeNet, l2 1.5"].map((text) =>
      `<b>${text}</b>`
    ),
  );
  assert.equal(data.length, 4 * 2);
  assert.equal(new Set(data.map(({ xaxis }) => xaxis)).size, 4);
  assert.equal(data.filter(({ showlegend }) => showlegend).length, 2, "a legend entry a method");
  assert.ok(Number(narrow!.height) > Number(layout.height));
  assert.match(alt, /^Accuracy of MLP and LeNet without attack and after each attack/);
});

Deno.test("a curve begins at the accuracy without attack and ends at that under all members", () => {
  const [linf, , l2] = afterEachMember(rows).data;
  assert.deepEqual(linf!.x, ["no attack", "APGD-CE", "APGD-T", "FAB-T", "Square"]);
  assert.deepEqual(linf!.y, [0.99, 0.4, 0.35, 0.35, 0.3]);
  assert.deepEqual(l2!.y, [0.99, 0.6, 0.6, 0.5, 0.5]);
});

Deno.test("several seeds are their mean within a band", () => {
  const seeds = [0, 1].map((seed) => autoAttackRow({ seed, linf_square: 0.3 + 0.1 * seed }));
  const [band, line] = afterEachMember(seeds).data;
  assert.equal(band!.fill, "toself");
  assert.equal((line!.y as number[]).at(-1), 0.35);
});

Deno.test("a member that all models lack has no place; a model that diverged has no curve's points", () => {
  const without = rows.map((row) => ({ ...row, linf_square: null }));
  const [linf, , l2] = afterEachMember(without).data;
  assert.deepEqual(linf!.x, ["no attack", "APGD-CE", "APGD-T", "FAB-T"]);
  assert.equal((l2!.x as string[]).length, 5);
  const diverged = autoAttackRow({
    method: "clean",
    accuracy: null,
    linf_apgd_ce: null,
    linf_apgd_t: null,
    linf_fab_t: null,
    linf_square: null,
  });
  const { data } = afterEachMember([...rows, diverged]);
  const clean = data.find(({ legendgroup }) => legendgroup === "clean");
  assert.ok((clean!.y as (number | null)[]).every((y) => y === null));
});
