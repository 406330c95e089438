import { deepfoolTransfer, signTransfer } from "../metrics/transfer.ts";
import type { Context } from "./context.ts";
import type { TransferJob } from "./jobs.ts";
import type { Kind, Outcome, TransferResult } from "./kind.ts";
import { rulersEpsilon } from "./sign_job.ts";
import { firstImagesFor, modelOf } from "./strong_job.ts";

/** Tries the adversarial examples of each of a seed's networks on all of them. */
export const transferKind: Kind<"transfer"> = {
  needs: ({ models, ruler }) => [
    ...models.map((job) => ({ job, file: "model" } as const)),
    { job: ruler },
  ],
  describe: ({ network, method, seed }) => `${network} seed ${seed}, transfer between ${method}`,
  work: ({ images }) => images / 1000,
  run: runTransferJob,
};

/**
 * Tries the adversarial examples of each of several models, made by the fast gradient sign attack at eps_ref and by DeepFool, on all of
 * them: `fgs[i][j]` is the accuracy of model j on the examples of model i. Without an eps_ref there is no `fgs`.
 */
export async function runTransferJob(
  job: TransferJob,
  context: Context,
): Promise<Outcome<TransferResult>> {
  const { engine, onProgress } = context;
  const begun = performance.now();
  const models = await Promise.all(job.models.map((model) => modelOf(model, context)));
  const split = await firstImagesFor(job, context);
  onProgress({ job, phase: "transfer", done: 0, total: 2 });
  const epsilon = await rulersEpsilon(job.ruler, context);
  const fgs = epsilon === null ? null : await signTransfer(engine, models, split, epsilon);
  context.signal.throwIfAborted();
  onProgress({ job, phase: "transfer", done: 1, total: 2 });
  const result = {
    images: split.count,
    methods: job.models.map(({ method }) => method),
    fgs,
    deepfool: await deepfoolTransfer(engine, models, split),
  };
  return { result, durationSeconds: (performance.now() - begun) / 1000 };
}
