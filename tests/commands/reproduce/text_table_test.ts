import assert from "node:assert/strict";
import { textTable } from "../../../lib/commands/reproduce/text_table.ts";
import { table1Row } from "../../plots/sample_rows.ts";
import { methodNames } from "../../../lib/experiments/methods.ts";

const rows = ["mlp", "lenet"].flatMap((network) =>
  methodNames.map((method) => table1Row({ network, method, rho2: 0.00163 }))
);

Deno.test("the printed table fits 80 columns, with every method and small figures", () => {
  for (const line of textTable(rows).split("\n")) assert.ok([...line].length <= 80, line);
});

Deno.test("the printed table names measures as everywhere, and a network over its methods", () => {
  const lines = textTable(rows).split("\n");
  assert.match(lines[0]!, /^ +accuracy under FGS at$/);
  assert.match(lines[1]!, /^ +accuracy +ρ₂ +0\.2 ε_ref +0\.5 ε_ref +1\.0 ε_ref$/);
  assert.equal(lines[2], "MLP");
  assert.match(lines[3]!, /^Reference /);
});

Deno.test("the paper's figures are under ours where it has them, and nowhere else", () => {
  const own = { paper_accuracy: 0.9831, accuracy: 0.9825 };
  const [, , , ours, paper] = textTable([table1Row(own)]).split("\n");
  assert.match(ours!, / 98\.25% /);
  assert.match(paper!, /^ {2}the paper's +98\.31% /);
  const none = {
    paper_accuracy: null,
    paper_rho2: null,
    "paper_acc_fgs_0.2": null,
    "paper_acc_fgs_0.5": null,
    "paper_acc_fgs_1.0": null,
  };
  assert.ok(!textTable([table1Row(none)]).includes("paper"));
});

Deno.test("a mean is over the seeds that were measured; a method whose seeds all diverged says so", () => {
  const diverged = { status: "diverged", accuracy: null, rho2: null };
  const seeds = [table1Row({ accuracy: 0.5 }), table1Row({ seed: 1, accuracy: 0.6 })];
  const lost = table1Row({ seed: 2, ...diverged });
  assert.match(textTable([...seeds, lost]), / 55\.00% /);
  assert.match(textTable([lost]), /^\S.* diverged$/m);
});
