import { createEngine, type EngineOptions } from "../../engine/engine.ts";
import { removeFolder } from "../../files/files.ts";
import { Interrupted, interruption } from "../shared/interruption.ts";
import { progressOnStderr } from "../shared/progress.ts";
import { evaluateInBlocks } from "./evaluate_in_blocks.ts";
import { openFolder, partial, takeFolder } from "./evaluation_folder.ts";
import { type EvaluateCommand, help, readOptions } from "./options.ts";
import { type Problem, problemOf, tellOfScales } from "./problem.ts";
import { type Evaluated, printed, writeResults } from "./results.ts";

/** `evaluate`: measures how far models resist, and compares them. Returns the exit code. */
export async function evaluateModels(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<number> {
  const command = await readOptions(args, ranks);
  if (!command) {
    console.log(help);
    return 0;
  }
  const problem = await problemOf(command);
  try {
    console.log(await evaluateInto(problem, command));
    return 0;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    console.error(`interrupted after ${error.message}: the same command goes on from there`);
    return 130;
  }
}

/** Evaluates into the command's folder, unless that has been done. Returns what to print. */
async function evaluateInto(problem: Problem, command: EvaluateCommand): Promise<string> {
  const { out } = command;
  using _ = await takeFolder(out);
  const before = await openFolder(out, problem.key);
  if (before) {
    console.error(`note: this evaluation is in ${out} already; remove it to make it again`);
    return printed(before, command);
  }
  const record = await writeResults(await evaluateEach(problem, command), problem, command);
  await removeFolder(`${out}/${partial}`);
  return printed(record, command);
}

/** Evaluates the models, one after another, until all are done or the user interrupts. */
async function evaluateEach(problem: Problem, command: EvaluateCommand): Promise<Evaluated[]> {
  await using engine = await createEngine(command.engine);
  await tellOfScales(engine, problem, command);
  const view = progressOnStderr();
  using interrupt = interruption();
  const { signal } = interrupt;
  const { ranks } = command.engine;
  ranks?.stopAt(signal);
  const tell = () =>
    view.tell("stopping once this block of images is done; Ctrl-C again stops at once");
  if (!ranks) signal.addEventListener("abort", tell);
  const folder = `${command.out}/${partial}`;
  const evaluated: Evaluated[] = [];
  try {
    for (const contender of problem.contenders) {
      const options = { problem, command, folder, view, signal };
      evaluated.push({ contender, ...await evaluateInBlocks(engine, contender, options) });
    }
  } finally {
    view.end();
  }
  return evaluated;
}
