import { watched } from "../data/blocks.ts";
import { epsilonRef, fgsAccuracies } from "../metrics/epsilon_ref.ts";
import type { Context } from "./context.ts";
import { modelInWords } from "./describe_model.ts";
import type { SignJob } from "./jobs.ts";
import { readConfig, readRunWeights } from "./run_folder.ts";
import type { Kind, Outcome, SignResult } from "./kind.ts";

/** The fractions of eps_ref at which accuracies are read: the table's three, and more for the curve. */
export const fractions = [0, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2] as const;

/** Attacks a trained network with the fast gradient sign at fractions of eps_ref. */
export const signKind: Kind<"sign"> = {
  needs: ({ model, ruler }) => [{ job: model, file: "model" }, ...ruler ? [{ job: ruler }] : []],
  describe: ({ model }) => `${modelInWords(model)} under FGS`,
  work: ({ ruler }) => ruler ? 0.3 : 1.5,
  run: runSignJob,
};

/** Measures a model under the fast gradient sign attack at fractions of its Deep Defense network's eps_ref. */
export async function runSignJob(job: SignJob, context: Context): Promise<Outcome<SignResult>> {
  const { engine, datasetOf, networkOf, folderOf, onProgress, signal } = context;
  const begun = performance.now();
  const network = networkOf(job.network);
  const { test } = datasetOf(job.network);
  const weights = await readRunWeights(folderOf(job.model), network);
  const model = { network, weights };
  const phase = "fast gradient sign";
  let [done, total] = [0, 1]; // passes over the test images, the last of them after the search
  onProgress({ job, phase, done, total });
  const split = watched(test, (read) => {
    signal.throwIfAborted();
    const note = `at ${read} of ${test.count} test images`;
    onProgress({ job, phase, done: done + read / test.count, total, note });
  });
  const onPass = (passes: number, expected: number) => {
    [done, total] = [passes, expected + 1];
  };
  const reference = job.ruler
    ? await rulersEpsilon(job.ruler, context)
    : await epsilonRef(engine, model, split, { onPass });
  const epsilons = reference === null ? [] : fractions.map((fraction) => fraction * reference);
  const accuracies = await fgsAccuracies(engine, model, split, epsilons);
  onProgress({ job, phase, done: total, total });
  return {
    result: { epsilon_ref: reference, epsilons, accuracies },
    durationSeconds: (performance.now() - begun) / 1000,
  };
}

/** The measured eps_ref; null where it was never reached. */
export async function rulersEpsilon(ruler: SignJob, { folderOf }: Context): Promise<number | null> {
  const config = await readConfig(folderOf(ruler), ruler.id);
  return (config!.result as unknown as SignResult).epsilon_ref;
}
