import { defend, type Defended } from "../../defend/defend.ts";
import { type DefendState, keptEpoch } from "../../defend/defend_state.ts";
import { believed, DamagedError } from "../../files/damage.ts";
import { readIfThere, writeWhole } from "../../files/files.ts";
import type { MethodSettings } from "../../jobs/method.ts";
import { Interrupted } from "../shared/interruption.ts";
import { defenseOf } from "./method.ts";
import { writeHardened } from "./results.ts";
import { boxOf, type Run } from "./run.ts";
import { decodeState, encodeState, otherCommand, type SavedState } from "./state_file.ts";

/** The most seconds between two saved states. */
const pause = 60;

/** The path of a run's state. */
export function stateIn(out: string): string {
  return `${out}/state.safetensors`;
}

/** The state where an earlier run of the same command stopped. A damaged state is reported and not used. */
export async function savedState(out: string, key: string): Promise<SavedState | undefined> {
  const path = stateIn(out);
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  try {
    const saved = believed(() => decodeState(bytes, path));
    if (saved.key === key) return saved;
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    console.error(`${error.message}; training starts again from the beginning`);
    return undefined;
  }
  throw otherCommand(path);
}

/**
 * Trains, and saves the state.
 *
 * @throws {Interrupted} after the state and the best epoch so far have been written.
 */
export async function trained(
  run: Run,
  method: MethodSettings,
  saved: SavedState | undefined,
): Promise<{ readonly defended: Defended; readonly seconds: number }> {
  const { engine, problem, command, key, view, signal } = run;
  const { model, dataset, held } = problem;
  const { epochs, batch, flips, seed, accuracyLoss, learningRate, images } = command;
  const begun = performance.now();
  const seconds = () => (saved?.seconds ?? 0) + (performance.now() - begun) / 1000;
  let savedAt = begun;
  let last = saved?.state;
  let unsaved: (() => DefendState) | undefined;
  const save = async (state: DefendState) => {
    last = state;
    savedAt = performance.now();
    await writeWhole(stateIn(command.out), encodeState({ key, state, seconds: seconds() }));
  };
  const onState = async (state: () => DefendState, isDue: boolean) => {
    if (!last && learningRate === undefined) {
      view.tell(`learning rate ${state().learningRate}: the largest that a trial finds harmless`);
    }
    const isSoon = performance.now() - savedAt < 1000 * pause;
    unsaved = last && !isDue && !signal.aborted && isSoon ? state : undefined;
    if (!unsaved) await save(state());
  };
  try {
    const defended = await defend(engine, model, dataset, {
      defense: defenseOf(command, method, dataset),
      epochs,
      batch,
      flips,
      seed,
      accuracyLoss,
      chooseOn: held,
      attacked: images,
      within: boxOf(command),
      from: saved?.state,
      onState,
      onNotice: view.tell,
      onProgress: ({ phase: name, ...progress }) => view.show({ name, ...progress }),
      signal,
      ...(learningRate === undefined ? {} : { learningRate }),
    });
    return { defended, seconds: seconds() };
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    // On several ranks a step is cut short: the state is still that of the step before.
    if (unsaved) await save(unsaved());
    view.end();
    throw new Interrupted(await keptSoFar(run, last));
  }
}

/** Writes the best epoch of a run that was interrupted, and says so. */
async function keptSoFar(
  { problem, command }: Run,
  state: DefendState | undefined,
): Promise<string> {
  const again = "repeat the command to resume from there";
  if (!state) return "interrupted before the first step: repeat the command to start again";
  const { checkpoint: { epoch, step }, epochs, best } = state;
  const place = `interrupted in epoch ${
    Math.min(epoch + 1, command.epochs)
  } of ${command.epochs} after step ${step}`;
  const kept = keptEpoch(epochs, command.accuracyLoss);
  if (kept === 0) return `${place}, none better than the start so far: ${again}`;
  const files = await writeHardened(problem, command, best);
  return `${place}: ${files} in ${command.out} hold the best epoch so far, ${kept}; ${again}`;
}
