/**
 * The benchmarks, each in a process of its own: `deno task bench [--json] [--only PREFIX]`.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** Every row: network/what@workers, all cores where no workers are named; @mpiN are N ranks of one worker. */
const names = [
  "mlp/deep_defense_step",
  "mlp/deep_defense_step@1",
  "mlp/function_step",
  "mlp/function_step@1",
  "lenet/deep_defense_step",
  "lenet/deep_defense_step@1",
  "lenet/deep_defense_step@mpi2",
  "convnet/deep_defense_step",
  "convnet/deep_defense_step@1",
  "nin/deep_defense_step",
  "mlp/clean_step",
  "lenet/clean_step",
  "convnet/clean_step",
  "mlp/deepfool_10000",
  "lenet/deepfool_10000",
  "mlp/fast_gradient_sign_10000",
  "lenet/fast_gradient_sign_10000",
  "lenet/fmn_1000",
  "lenet/autoattack_1000",
  "alexnet/deepfool_image",
  "resnet18/deepfool_image",
  "alexnet/deep_defense_image",
  "resnet18/deep_defense_image",
];

/** Measures a row; ends here if its process fails, which says why by itself. */
async function measure(name: string): Promise<Record<string, number | string>> {
  const row = new URL("./row.ts", import.meta.url).href;
  const permissions = ["--allow-read", "--allow-env", "--allow-sys", "--allow-ffi"];
  const args = [Deno.execPath(), "run", "--quiet", ...permissions, row, name];
  const [program = "", ...rest] = [...ranksOf(name), ...args];
  const child = new Deno.Command(program, { args: rest, stderr: "inherit" });
  const { success, stdout } = await child.output().catch(() => {
    console.error(`error: measuring ${name}: expected ${program} (Debian: openmpi-bin), got none`);
    Deno.exit(1);
  });
  if (!success) {
    console.error(`error: measuring ${name}: expected its process to end well, but it failed`);
    Deno.exit(1);
  }
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

/** What starts the ranks of a row, if it has any. */
function ranksOf(name: string): string[] {
  const [, ranks] = /@mpi(\d+)$/.exec(name) ?? [];
  if (!ranks) return [];
  return ["mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none", "-np", ranks];
}

function line(row: Record<string, number | string>): string {
  const fields = Object.entries(row).map(([key, value]) =>
    typeof value === "number" ? `${key} ${Number(value.toPrecision(4))}` : value
  );
  return fields.join("  ");
}

function options(): { json: boolean; only: string } {
  try {
    const { values } = parseArgs({
      options: { json: { type: "boolean" }, only: { type: "string" } },
    });
    return { json: values.json ?? false, only: values.only ?? "" };
  } catch (error) {
    console.error(
      `error: reading the flags of bench: expected --json or --only PREFIX: ${
        (error as Error).message
      }`,
    );
    Deno.exit(2);
  }
}

const { json, only } = options();
const chosen = names.filter((name) => name.startsWith(only));
if (chosen.length === 0) {
  console.error(
    `error: choosing benchmarks: expected a prefix of one of ${names.join(", ")}, got ${only}`,
  );
  Deno.exit(2);
}
for (const name of chosen) {
  const row = await measure(name);
  console.log(json ? JSON.stringify(row) : line(row));
}
