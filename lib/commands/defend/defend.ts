import type { Defended } from "../../defend/defend.ts";
import { type StartNorms, startNorms } from "../../defend/start_norms.ts";
import { createEngine, type Engine, type EngineOptions } from "../../engine/engine.ts";
import { UserError } from "../../engine/user_error.ts";
import { checksumOfJson } from "../../files/checksums.ts";
import { removeFolder, removeIfThere } from "../../files/files.ts";
import type { MethodSettings } from "../../jobs/method.ts";
import { DivergedError } from "../../training/train.ts";
import { holdFolder } from "../shared/hold_folder.ts";
import { Interrupted, interruption } from "../shared/interruption.ts";
import { checksumOfModel, titleOf } from "../shared/model_file.ts";
import { unitsOf } from "../shared/pixel_flags.ts";
import { progressOnStderr } from "../shared/progress.ts";
import { firstTestImages } from "../shared/test_images.ts";
import { compared } from "./compare.ts";
import { defendGrid } from "./grid/defend_grid.ts";
import { dropOutcome, outcomeIn, writeDiverged } from "./grid/outcome.ts";
import { readGrid } from "./grid/read_grid.ts";
import { derivedLines, settingsFrom } from "./method.ts";
import { type DefendCommand, help, readOptions } from "./options.ts";
import { checkScale, type Problem, problemOf } from "./problem.ts";
import { conclude, writeHardened } from "./results.ts";
import { boxOf, type Run } from "./run.ts";
import { savedState, stateIn, trained } from "./trained.ts";

/** `defend`: hardens a model. Returns the exit code. */
export async function defendModel(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<number> {
  const grid = await readGrid(args, ranks);
  if (grid) return await defendGrid(grid, (command) => defendOnce(command, true));
  const command = await readOptions(args, ranks);
  if (!command) {
    console.log(help);
    return 0;
  }
  return await defendOnce(command, false);
}

/**
 * Hardens a model into the command's folder. At a point of a grid, that is not done again, and a training that diverges is a result.
 *
 * @throws {UserError} when training diverges, and not at a point of a grid.
 */
async function defendOnce(command: DefendCommand, inGrid: boolean): Promise<number> {
  const problem = await problemOf(command);
  const settings = await recorded(problem, command);
  const key = keyOf(problem, settings);
  const { out } = command;
  if (inGrid && (await outcomeIn(out))?.key === key) return 0;
  await using engine = await createEngine(command.engine);
  await checkScale(engine, problem, command);
  using _ = await holdFolder("defending", out);
  try {
    if (inGrid) await dropOutcome(out); // Of other settings.
    await harden(engine, problem, command, { settings, key });
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) {
      console.error(error.message || "interrupted before the first step: nothing is kept yet");
      return 130;
    }
    if (!(error instanceof DivergedError)) throw error;
    await removeIfThere(stateIn(out)); // It leads nowhere, and another learning rate would not begin from it.
    const reason = `${error.message}; a smaller --d, on images predicted wrong, may help too`;
    if (!inGrid) throw new UserError(reason);
    await writeDiverged(out, key, reason);
    console.error(reason);
    return 0;
  }
}

/** Names all that the results depend on. */
function keyOf({ dataset: { checksum, train, test } }: Problem, settings: Run["settings"]): string {
  return checksumOfJson({ settings, checksum, counts: [train.count, test.count] });
}

async function harden(
  engine: Engine,
  problem: Problem,
  command: DefendCommand,
  { settings, key }: Pick<Run, "settings" | "key">,
): Promise<void> {
  const saved = await savedState(command.out, key);
  const view = progressOnStderr();
  using interrupt = interruption({
    ranks: command.engine.ranks,
    onWait: () => view.tell("stopping once this step is done; Ctrl-C again stops at once"),
  });
  const run: Run = { engine, problem, command, settings, key, view, signal: interrupt.signal };
  try {
    const { model, dataset } = problem;
    const norms = await startNorms({ engine, model, train: dataset.train }, {
      signal: run.signal,
      onProgress: (done, total) =>
        view.show({ name: "attacking at the start", done, total, note: "" }),
    });
    const method = settingsFrom(command, norms);
    derivedLines(command, method, norms).forEach(view.tell);
    const { defended, seconds } = await trained(run, method, saved);
    await finish(run, defended, { method, norms, seconds });
  } finally {
    view.end();
  }
}

/** What the results depend on, besides the images. */
async function recorded(
  { scale, plain }: Problem,
  command: DefendCommand,
): Promise<Run["settings"]> {
  const { model, out: _, json: __, engine: ___, bad: ____, command: _____, ...settings } = command;
  return {
    ...settings,
    scale: scale.name,
    units: unitsOf[command.within],
    model: titleOf(model),
    ...(model.rename ? { rename: model.rename } : {}),
    weights_sha256: await checksumOfModel(model, plain),
  };
}

/** Writes the hardened model, measures test images before and after, and writes the results. */
async function finish(
  run: Run,
  defended: Defended,
  { method, norms, seconds }: {
    readonly method: MethodSettings;
    readonly norms: StartNorms;
    readonly seconds: number;
  },
): Promise<void> {
  const { engine, problem, command, settings, key, view, signal } = run;
  const { model, dataset, leftOut } = problem;
  const begun = performance.now();
  await writeHardened(problem, command, defended.model.weights);
  const attacked = await firstTestImages(dataset, command.images);
  const { test } = dataset;
  const epsilon = command.epsilon ?? norms.norm;
  const folder = `${command.out}/partial`;
  const measure = (name: string, one: typeof model) =>
    compared(engine, one, {
      all: "images" in test ? test : attacked.test,
      attacked: attacked.test,
      within: boxOf(command),
      epsilon,
      folder: `${folder}/${name}`,
      key: `${key} ${name}`,
      signal,
      onProgress: (attack, done, total) =>
        view.show({ name: `${attack}, ${name}`, done, total, note: "" }),
    });
  const [before, after] = await both(measure, [model, defended.model]);
  view.end();
  await conclude({ command, dataset: attacked, defended, before, after, leftOut }, {
    key,
    settings: { ...settings, method_settings: method, epsilon },
    seconds: seconds + (performance.now() - begun) / 1000,
  });
  await removeIfThere(stateIn(command.out));
  await removeFolder(folder);
}

/** Measures before and after; the message of an interruption says that training is done. */
async function both<M, T>(
  measure: (name: string, model: M) => Promise<T>,
  [before, after]: readonly [M, M],
): Promise<[T, T]> {
  try {
    return [await measure("before", before), await measure("after", after)];
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(
      `interrupted while measuring (${error.message}): the hardened model is written; repeat the command to resume`,
    );
  }
}
