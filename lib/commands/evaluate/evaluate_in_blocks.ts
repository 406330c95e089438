import type { Attacked } from "../../attacks/attacked.ts";
import { chunkSizes } from "../../compute/chunk_size.ts";
import type { Engine } from "../../engine/engine.ts";
import { evaluate } from "../../metrics/evaluation/evaluate.ts";
import type { Evaluation } from "../../metrics/evaluation/evaluation.ts";
import type { PlannedAttack } from "../../metrics/evaluation/evaluation_plan.ts";
import { attackInBlocks } from "../shared/blocks.ts";
import { Interrupted } from "../shared/interruption.ts";
import type { ProgressView } from "../shared/progress.ts";
import { folderOfModel } from "./evaluation_folder.ts";
import type { EvaluateCommand } from "./options.ts";
import type { Contender, Problem } from "./problem.ts";

/** The most images that a thread attacks before they are on the disk. */
const block = 50;

/** How models are evaluated block by block. */
export interface EvaluateInBlocksOptions {
  readonly problem: Problem;
  readonly command: EvaluateCommand;
  readonly view: ProgressView;
  /** Stops the work before the next block. */
  readonly signal: AbortSignal;
}

/** A model, its evaluation, and how long its attacks took, in all sittings. */
export interface Evaluated {
  readonly contender: Contender;
  readonly evaluation: Evaluation;
  readonly seconds: number;
}

/**
 * Evaluates a model; each block of images of each attack is on the disk when it is done, and the next call goes on after those.
 *
 * @throws {Interrupted} saying where, when the signal was raised; what is done is kept.
 */
export async function evaluateInBlocks(
  engine: Engine,
  contender: Contender,
  { problem, command, view, signal }: EvaluateInBlocksOptions,
): Promise<Evaluated> {
  const { name, model } = contender;
  const { dataset, epsilons, key } = problem;
  const folder = folderOfModel(command.out, contender);
  const size = Math.min(chunkSizes(model.network, engine).block, block) * engine.workers;
  let seconds = 0;
  const runAttack = async (
    { name: attack, title, epsilon, run }: PlannedAttack,
  ): Promise<Attacked> => {
    const place = epsilon === null ? "" : `_${epsilons.indexOf(epsilon) + 1}`;
    const doing = `${name}: ${title}${place && ` ${place.slice(1)} of ${epsilons.length}`}`;
    const done = await attackInBlocks(dataset.test, {
      folder: `${folder}/${attack}${place}`,
      key,
      size,
      signal,
      onProgress: (done, total) => view.show({ name: doing, done, total }),
      run,
    }).catch((error) => {
      if (error instanceof Interrupted) throw new Interrupted(`${error.message} (${doing})`);
      throw error;
    });
    seconds += done.seconds;
    return done.attacked;
  };
  const { p, budget, seed, within } = command;
  const evaluation = await evaluate(engine, model, dataset.test, {
    epsilons,
    p,
    budget,
    seed,
    within: within === "pixels" ? { low: 0, high: 255 } : undefined,
    runAttack,
  });
  return { contender, evaluation, seconds };
}
