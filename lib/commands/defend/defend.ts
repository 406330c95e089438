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
import { firstTestImages } from "../attack/test_images.ts";
import { compared } from "./compare.ts";
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
  const command = await readOptions(args, ranks);
  if (!command) {
    console.log(help);
    return 0;
  }
  const problem = await problemOf(command);
  await using engine = await createEngine(command.engine);
  await checkScale(engine, problem, command);
  using _ = await holdFolder("defending", command.out);
  try {
    await harden(engine, problem, command);
    return 0;
  } catch (error) {
    if (error instanceof Interrupted) {
      console.error(error.message || "interrupted before the first step: nothing is kept yet");
      return 130;
    }
    if (!(error instanceof DivergedError)) throw error;
    await removeIfThere(stateIn(command.out)); // It leads nowhere, and another learning rate would not begin from it.
    throw new UserError(`${error.message}; a smaller --d, on images predicted wrong, may help too`);
  }
}

async function harden(engine: Engine, problem: Problem, command: DefendCommand): Promise<void> {
  const settings = await recorded(problem, command);
  const { dataset: { checksum, train, test } } = problem;
  const key = checksumOfJson({ settings, checksum, counts: [train.count, test.count] });
  const saved = await savedState(command.out, key);
  const view = progressOnStderr();
  using interrupt = interruption();
  const { ranks } = command.engine;
  ranks?.stopAt(interrupt.signal);
  const tell = () => view.tell("stopping once this step is done; Ctrl-C again stops at once");
  if (!ranks) interrupt.signal.addEventListener("abort", tell);
  const run: Run = { engine, problem, command, settings, key, view, signal: interrupt.signal };
  try {
    const { model, dataset } = problem;
    const norms = await startNorms({ engine, model, train: dataset.train }, (done, total) => {
      run.signal.throwIfAborted();
      view.show({ name: "attacking at the start", done, total, note: "" });
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
