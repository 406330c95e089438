import assert from "node:assert/strict";
import { daysOf, machineFacts, machinesOf } from "../../../lib/commands/report/subject.ts";
import { reportSummary } from "../../../lib/commands/report/summary.ts";
import type { Evidence } from "../../../lib/experiments/claims.ts";
import type { Table1Row } from "../../../lib/experiments/table1.ts";
import type { RunConfig } from "../../../lib/jobs/run_folder.ts";
import { table1Row } from "../../plots/sample_rows.ts";

const nothing: Evidence = { table1: [], figure2: [], figure3: [], figure4: [] };
const pair = [
  table1Row({ method: "reference", rho2: 0.11, accuracy: 0.98, "acc_fgs_0.5": 0.25 }),
  table1Row({ method: "deep_defense", rho2: 0.22, accuracy: 0.985, "acc_fgs_0.5": 0.85 }),
].map((row) => ({ ...row, paper_rho2: null }));

const said = (rows: readonly Table1Row[], evidence = nothing) =>
  reportSummary(rows, evidence).map(({ content: [piece] }) => piece!.alt).join();

Deno.test("a summary says what Deep Defense changed, and of how many seeds", () => {
  assert.equal(
    said(pair),
    "MLP: Deep Defense takes ρ₂ from 0.110 to 0.220, 2.00 times, and accuracy from 98.00% to 98.50% (one seed). " +
      "Under the fast gradient sign attack at 0.5 ε_ref, 25.00% of the test images are right before and 85.00% after.",
  );
});

Deno.test("the paper's figures stand beside where it has them, and claims where they can be judged", () => {
  const rows = pair.map((row) => ({ ...row, paper_rho2: 0.1, paper_accuracy: 0.9 }));
  assert.match(
    said(rows),
    /\(one seed\)\. In the paper: ρ₂ from 0\.100 to 0\.100, accuracy from 90\.00% to 90\.00%\. Under/,
  );
  assert.doesNotMatch(said(pair), /claim/);
  const judged = said(pair, { ...nothing, table1: pair });
  assert.match(judged, /This run can judge \d+ of the paper's claims; \d+ hold\.$/);
});

Deno.test("without a defended network that was measured there is no summary", () => {
  assert.deepEqual(reportSummary(pair.slice(0, 1), nothing), []);
  const diverged = { ...pair[1]!, rho2: null, accuracy: null, status: "diverged" };
  assert.deepEqual(reportSummary([pair[0]!, diverged], nothing), []);
});

const config = (cores: number, finished_at?: string) => ({
  machine: { cpu: "C", cores, memory_gb: 24, system: "linux x86_64", deno: "2.9.6" },
  workers: [2],
  ...(finished_at ? { finished_at } : {}),
} as unknown as RunConfig);

Deno.test("a report names the days and the machines of its runs, each once", () => {
  const runs = [config(2, "2026-01-03T00:00:00Z"), config(2), config(4, "2026-01-02T00:00:00Z")];
  assert.equal(daysOf(runs), "2026-01-02 to 2026-01-03");
  assert.equal(daysOf(runs.slice(0, 2)), "2026-01-03");
  assert.equal(
    machinesOf(runs),
    "C, 2 cores, 24 GB, linux x86_64, Deno 2.9.6; C, 4 cores, 24 GB, linux x86_64, Deno 2.9.6",
  );
  assert.deepEqual(machineFacts(runs).cores, [2, 4]);
  assert.deepEqual(machineFacts(runs).workers, [2]);
});
