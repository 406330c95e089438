import { mean } from "d3-array";
import { deepfool } from "../attacks/deepfool/deepfool.ts";
import { blocksOf, watched } from "../data/blocks.ts";
import { accuracy } from "../metrics/accuracy.ts";
import { pixelRatios } from "../metrics/robustness.ts";
import type { Weights } from "../networks/weights.ts";
import type { Row } from "../files/arrow.ts";
import type { Context, Progress } from "./context.ts";
import { DamagedError } from "../files/damage.ts";
import type { TrainJob } from "./jobs.ts";
import { readPartialAttacks, writePartialAttacks } from "./run_folder.ts";

/** DeepFool's lower iteration limit, the authors' own. */
const earlier = 5;

/** An attacked image: the columns of attacks.arrow, and the other values that the figures need. */
interface Attacked extends Row {
  readonly label: number;
  readonly predicted: number;
  readonly iterations: number;
  /** NaN, or null once read from a file, where the image has no ratio: ||x|| = 0. */
  readonly ratio: number | null;
  readonly ratio_limit5: number | null;
  readonly ratio_pixels: number | null;
  readonly fooled: number;
}

/** What to measure, and how to report progress. */
export interface Evaluation {
  readonly job: TrainJob;
  readonly context: Context;
  readonly weights: Weights;
}

/** Accuracy and rho_2 on the first test images; rho_2 is null unless wanted. */
export async function quickFigures(
  { job, context, weights }: Evaluation,
  wanted: { readonly rho2: boolean },
  progress: Omit<Progress, "job" | "note">,
) {
  const { engine, datasetOf, networkOf, epochTestImages, onProgress, signal } = context;
  const model = { network: networkOf(job.network), weights };
  const { test } = datasetOf(job.network);
  const ratios: number[] = [];
  const blocks = wanted.rho2 ? blocksOf(test, { to: epochTestImages }) : [];
  for await (const { images, indices } of blocks) {
    const attacked = await deepfool(engine, model, images, {
      onProgress: (done) => {
        signal.throwIfAborted();
        const note = `attacked ${indices[0]! + done} of ${epochTestImages} test images`;
        onProgress({ job, ...progress, note });
      },
    });
    for (const ratio of attacked.ratios) ratios.push(ratio); // too many for one call
  }
  const split = watched(test, (done) => {
    signal.throwIfAborted();
    onProgress({ job, ...progress, note: `predicted ${done} of ${test.count} test images` });
  });
  return {
    accuracy: await accuracy(engine, model, split),
    rho2: wanted.rho2 ? mean(ratios) ?? null : null,
  };
}

/**
 * The final figures over all test images, and one row per image. For a dataset larger than memory, rows are saved in the
 * job's folder as they come, and an interrupted measurement resumes after them.
 */
export async function finalFigures({ job, context, weights }: Evaluation) {
  const { engine, datasetOf, networkOf, folderOf, onProgress, signal } = context;
  const model = { network: networkOf(job.network), weights };
  const dataset = datasetOf(job.network);
  const isStreamed = !("images" in dataset.test);
  const files = "files" in dataset.test ? dataset.test.files : undefined;
  const rows = isStreamed ? await earlierRows(job, context) : [];
  const from = rows.length > 0 ? Number(rows.at(-1)!.index) + 1 : 0;
  for await (const { images, labels, indices } of blocksOf(dataset.test, { from })) {
    const attacked = await deepfool(engine, model, images, {
      earlier,
      onProgress: (done) => {
        signal.throwIfAborted();
        onProgress({
          job,
          phase: "attacking",
          done: indices[0]! + done,
          total: dataset.test.count,
        });
      },
    });
    const pixels = await pixelRatios(images, attacked, dataset, "test", indices);
    indices.forEach((index, i) =>
      rows.push({
        index,
        label: labels[i]!,
        predicted: attacked.predicted[i]!,
        fooled_as: attacked.fooledAs[i]!,
        iterations: attacked.iterations[i]!,
        norm: attacked.norms[i]!,
        ratio: attacked.ratios[i]!,
        ratio_limit5: attacked.earlierRatios[i]!,
        ratio_pixels: pixels[i]!,
        fooled: attacked.fooled[i]!,
        ...(files ? { file: files[index]! } : {}),
      })
    );
    if (isStreamed) await writePartialAttacks(folderOf(job), job.id, rows);
  }
  return { figures: figuresOf(rows), attacks: rows };
}

/** The rows of an interrupted attack. If they are damaged the attack starts again, and a note says so. */
async function earlierRows(job: TrainJob, { folderOf, onNotice }: Context): Promise<Attacked[]> {
  try {
    return await readPartialAttacks(folderOf(job), job.id) as Attacked[];
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    onNotice(`${error.message}; the attack starts again from the first image`);
    return [];
  }
}

function figuresOf(rows: readonly Attacked[]) {
  const average = (of: (row: Attacked) => number | null) => mean(rows, of) ?? null;
  return {
    accuracy: average(({ label, predicted }) => Number(label === predicted)),
    rho2: average(({ ratio }) => ratio),
    rho2_limit5: average((row) => row.ratio_limit5),
    rho2_pixels: average((row) => row.ratio_pixels),
    fooled_rate: average(({ fooled }) => fooled),
    mean_iterations: average(({ iterations }) => iterations),
    without_ratio: rows.filter(({ ratio }) => !Number.isFinite(ratio)).length,
  };
}
