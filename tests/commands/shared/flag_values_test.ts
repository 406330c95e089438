import assert from "node:assert/strict";
import { threadsOfTask } from "../../../lib/commands/shared/flag_values.ts";

const cases = [["4", "4"], ["384", "256"], [undefined, undefined]] as const;

for (const [cpus, threads] of cases) {
  Deno.test(`a task of Slurm with ${cpus} CPUs has ${threads} threads`, () => {
    assert.equal(threadsOfTask(cpus), threads);
  });
}
