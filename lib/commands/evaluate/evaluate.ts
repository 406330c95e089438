import { createEngine, type EngineOptions } from "../../engine/engine.ts";
import { removeFolder } from "../../files/files.ts";
import { inPart, type Part } from "../shared/flag_values.ts";
import { holdFolder } from "../shared/hold_folder.ts";
import { Interrupted, interruption } from "../shared/interruption.ts";
import { progressOnStderr } from "../shared/progress.ts";
import { type Evaluated, evaluateInBlocks } from "./evaluate_in_blocks.ts";
import { openFolder, openShared, partial, waitForModel } from "./evaluation_folder.ts";
import { type EvaluateCommand, help, readOptions } from "./options.ts";
import { type Contender, type Problem, problemOf, tellOfScales } from "./problem.ts";
import { printed, writeResults } from "./results.ts";
import { submitModels } from "./submit_models.ts";

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

/** Evaluates into the command's folder, unless that has been done; or has it done by Slurm. Returns what to print. */
async function evaluateInto(problem: Problem, command: EvaluateCommand): Promise<string> {
  const { out, part, slurm } = command;
  if (slurm) return await submitModels(problem, slurm, command);
  if (part) return await evaluatePart(problem, command, part);
  using _ = await holdFolder("evaluating", out);
  const before = await openFolder(out, problem.key);
  if (before) {
    console.error(`note: this evaluation is in ${out} already; remove it to make it again`);
    return printed(before, command);
  }
  const evaluated = await evaluateEach(problem.contenders, problem, command);
  const record = await writeResults(evaluated, problem, command);
  await removeFolder(`${out}/${partial}`);
  return printed(record, command);
}

/** Evaluates some of the models, and keeps what is found for the command that joins all. Returns what to print. */
async function evaluatePart(
  problem: Problem,
  command: EvaluateCommand,
  part: Part,
): Promise<string> {
  const { out } = command;
  if (await openShared(out, problem.key)) return `this evaluation is in ${out} already`;
  const contenders = inPart(problem.contenders, part);
  for (const contender of contenders) {
    using _ = await waitForModel(out, contender);
    await evaluateEach([contender], problem, command);
  }
  const names = contenders.map(({ name }) => name).join(", ") || "no model";
  return `${names}: what was found is kept in ${out}; the same command without --job joins it`;
}

/** Evaluates models, one after another, until all are done or the user interrupts. */
async function evaluateEach(
  contenders: readonly Contender[],
  problem: Problem,
  command: EvaluateCommand,
): Promise<Evaluated[]> {
  await using engine = await createEngine(command.engine);
  await tellOfScales(engine, problem, command);
  const view = progressOnStderr();
  using interrupt = interruption({
    ranks: command.engine.ranks,
    onWait: () =>
      view.tell("stopping once this block of images is done; Ctrl-C again stops at once"),
  });
  const { signal } = interrupt;
  const evaluated: Evaluated[] = [];
  try {
    for (const contender of contenders) {
      const options = { problem, command, view, signal };
      evaluated.push(await evaluateInBlocks(engine, contender, options));
    }
  } finally {
    view.end();
  }
  return evaluated;
}
