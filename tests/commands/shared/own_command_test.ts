import assert from "node:assert/strict";
import { environment, ownCommand, permissions } from "../../../lib/commands/shared/own_command.ts";

Deno.test("processes that commands start have their task's permissions, but to start Deno and Slurm", async () => {
  const config = new URL("../../../deno.json", import.meta.url);
  const { tasks } = JSON.parse(await Deno.readTextFile(config));
  for (const name of ["reproduce", "evaluate", "defend"]) {
    const { command } = tasks[name] as { command: string };
    const [run] = /--allow-run=("[^"]*"|\S*)/.exec(command) ?? [];
    assert.match(run!, /^--allow-run="?npm,sbatch\b/);
    const own = [...command.matchAll(/--allow-\S+/g)].map(([flag]) => flag)
      .filter((flag) => !flag.startsWith("--allow-run"));
    assert.deepEqual([...own, "--allow-run=npm"], permissions);
    const words = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
    assert.ok(command.startsWith(`${words.join(" ")} deno run --quiet --cached-only `));
    assert.deepEqual(ownCommand(name, []).slice(0, 3), ["run", "--quiet", "--cached-only"]);
  }
});
