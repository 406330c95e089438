import { UserError } from "../../engine/user_error.ts";
import type { Submission } from "./submissions.ts";

/**
 * Submits to Slurm, in order.
 *
 * @returns The ids of Slurm's jobs.
 * @throws {UserError} when there is no sbatch, or it refuses.
 */
export async function submit(submissions: readonly Submission[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { title, options, after, script } of submissions) {
    const waits = after
      ? [`--dependency=${[after.how, ...after.which.map((i) => ids[i]!)].join(":")}`]
      : [];
    ids.push(await sbatch([...options, ...waits], script, { title, before: ids }));
  }
  return ids;
}

/** Submits one script, and returns the id of its job. */
async function sbatch(
  args: readonly string[],
  script: string,
  { title, before }: { readonly title: string; readonly before: readonly string[] },
): Promise<string> {
  const { state } = await Deno.permissions.query({ name: "run", command: "sbatch" });
  if (state !== "granted") throw missing();
  const { success, stdout, stderr } = await outputOf(args, script);
  const [id = ""] = new TextDecoder().decode(stdout).trim().split(";");
  if (success && /^\d+$/.test(id)) return id;
  const said = new TextDecoder().decode(stderr).trim().replaceAll("sbatch: ", "").split("\n");
  const undo = before.length > 0
    ? `; submitted before it: scancel ${before.join(" ")} takes them back`
    : "";
  throw new UserError(
    `submitting ${title}: expected sbatch to take it, got ${said.join("; ")}${undo}`,
  );
}

async function outputOf(args: readonly string[], script: string): Promise<Deno.CommandOutput> {
  try {
    const child = new Deno.Command("sbatch", {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const input = new Blob([script]).stream().pipeTo(child.stdin);
    const [output] = await Promise.all([child.output(), input.catch(() => {})]); // its errors are told
    return output;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw missing();
    throw error;
  }
}

function missing(): UserError {
  return new UserError(
    "submitting to Slurm: expected its command sbatch on this machine (Debian's package slurm-client), got none; " +
      "--slurm-dry-run needs none",
  );
}
