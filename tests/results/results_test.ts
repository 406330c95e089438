import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { UserError } from "../../lib/engine/user_error.ts";
import {
  paperRow,
  paperRows,
  readConvergence,
  readModel,
  readResults,
} from "../../lib/results/results.ts";

const committed = fileURLToPath(new URL("../../outputs/paper", import.meta.url));

Deno.test("the committed results are read as tables, with the models of seed 0", async () => {
  const { table1, figure2 } = await readResults(committed);
  assert.ok(figure2.length > 0);
  const first = table1.filter(({ seed }) => seed === 0);
  assert.ok(first.length >= 8);
  for (const row of first) {
    assert.equal(row.profile, "paper");
    const weights = await readModel(committed, row);
    assert.ok(Object.values(weights).every(({ data }) => data.every(Number.isFinite)));
  }
});

Deno.test("a folder without tables, and a model that was not kept, are the user's mistakes", async () => {
  await assert.rejects(readResults("/nowhere"), UserError);
  await assert.rejects(readModel(committed, { run_id: "0123456789abcdef" }), UserError);
  await assert.rejects(readConvergence(committed, { run_id: "0123456789abcdef" }), UserError);
});

Deno.test("a run's epochs are those of Figure 2", async () => {
  const { figure2 } = await readResults(committed);
  const { run_id } = figure2[0]!;
  const rows = figure2.filter((row) => row.run_id === run_id);
  const epochs = await readConvergence(committed, { run_id });
  assert.deepEqual(epochs, rows.map(({ epoch, accuracy, rho2 }) => ({ epoch, accuracy, rho2 })));
});

Deno.test("the paper's rows are those of its table", () => {
  const counts = ["mnist", "cifar10", "imagenet"].map((dataset) => paperRows(dataset).length);
  assert.deepEqual(counts, [8, 8, 4]);
  const { network, method, ...row } = paperRows("cifar10").at(-1)!;
  assert.deepEqual(row, paperRow("cifar10", network, method));
});
