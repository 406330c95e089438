import assert from "node:assert/strict";
import { engineOf } from "../../../lib/commands/shared/flag_values.ts";

const cases: readonly [cpusPerTask: string, flags: Record<string, string>, threads: number][] = [
  ["4", {}, 4],
  ["384", {}, 256],
  ["384", { workers: "2" }, 2],
];

for (const [cpus, flags, threads] of cases) {
  Deno.test(`a task of Slurm with ${cpus} CPUs has ${threads} threads with the flags ${JSON.stringify(flags)}`, () => {
    const before = Deno.env.get("SLURM_CPUS_PER_TASK");
    Deno.env.set("SLURM_CPUS_PER_TASK", cpus);
    try {
      assert.equal(engineOf(flags).workers, threads);
    } finally {
      if (before === undefined) Deno.env.delete("SLURM_CPUS_PER_TASK");
      else Deno.env.set("SLURM_CPUS_PER_TASK", before);
    }
  });
}
