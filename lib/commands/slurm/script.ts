import { escaped } from "../../engine/excerpt.ts";
import { environment, ownCommand, projectFolder } from "../shared/own_command.ts";
import { quoted } from "../shared/shell_words.ts";

/** One task of an array. */
export interface Task {
  /** What the command's --job takes. */
  readonly job: string;
  /** What it does, for those who read the script. */
  readonly title: string;
}

/** What is run once. */
export type Single = Pick<Task, "title"> & Partial<Task>;

/** A command of the project. */
export interface OwnCommand {
  /** Its name, such as `reproduce`. */
  readonly command: string;
  /** Its flags, but --job; paths are absolute. */
  readonly flags: readonly string[];
  /** Where Deno is; this process's Deno unless given. */
  readonly deno?: string;
}

/** The script of an array: its i-th task runs the command with the i-th --job. */
export function arrayScript(title: string, tasks: readonly Task[], command: OwnCommand): string {
  const jobs = tasks.map(({ job, title }) => `  ${quoted(job)} # ${escaped(title)}`);
  return script(title, ["jobs=(", ...jobs, ")"], command, '--job="${jobs[SLURM_ARRAY_TASK_ID]}"');
}

/** The script that runs the command once, with a --job or with none. */
export function singleScript({ title, job }: Single, command: OwnCommand): string {
  return script(title, [], command, job ? quoted(`--job=${job}`) : "");
}

/** The shell becomes Deno, so that Slurm's SIGTERM arrives there. */
function script(
  title: string,
  before: readonly string[],
  { command, flags, deno = Deno.execPath() }: OwnCommand,
  job: string,
): string {
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}=${value}`);
  const words = [deno, ...ownCommand(command, flags)].map(quoted);
  return [
    "#!/bin/bash",
    `# ${escaped(title)}`,
    ...before,
    ...variables,
    `cd ${quoted(projectFolder)} || exit`,
    `exec ${words.join(" ")} ${job}`.trimEnd(),
    "",
  ].join("\n");
}
