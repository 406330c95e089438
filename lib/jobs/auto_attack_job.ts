import { mean, median, min, sum } from "d3-array";
import { fastMinimumNorm } from "../attacks/ascent/fast_minimum_norm.ts";
import type { Attacked } from "../attacks/attacked.ts";
import { autoAttack, type AutoAttacked, autoAttackMembers } from "../attacks/auto_attack.ts";
import { deepfool } from "../attacks/deepfool/deepfool.ts";
import { fastAdaptiveBoundary } from "../attacks/fast_adaptive_boundary/fast_adaptive_boundary.ts";
import { type Block, blocksOf } from "../data/blocks.ts";
import type { AnySplit } from "../data/dataset.ts";
import type { Engine } from "../engine/engine.ts";
import { DamagedError } from "../files/damage.ts";
import { inPixels } from "../networks/in_pixels.ts";
import type { Model } from "../networks/model.ts";
import type { Network } from "../networks/network.ts";
import type { Context } from "./context.ts";
import { modelInWords } from "./describe_model.ts";
import type { AutoAttackJob, Radii } from "./jobs.ts";
import type { AutoAttackResult, BallResult, Kind, Outcome } from "./kind.ts";
import {
  dropPartialImages,
  type ImageRow,
  readPartialImages,
  readRunWeights,
  writePartialImages,
} from "./run_folder.ts";

/** Attacks a trained network with AutoAttack, and for the smallest perturbation. */
export const autoAttackKind: Kind<"auto_attack"> = {
  needs: ({ model }) => [{ job: model, file: "model" }],
  describe: ({ model }) => `${modelInWords(model)} under AutoAttack`,
  work: ({ images }) => images / 10,
  run: runAutoAttackJob,
};

/** Images that are attacked before what came of them is written down: with fewer, chunks of compiled functions are not full. */
const blockImages = 250;

/** What attacks stay in: pixels. */
const within = { low: 0, high: 255 };

/** A model that takes pixels, and images. */
interface Target {
  readonly engine: Engine;
  readonly model: Model;
  readonly split: AnySplit;
}

/**
 * Measures a model on pixels, its preprocessing as a layer in front of it, within the box 0-255: AutoAttack in a ball of l-infinity and
 * one of l2, and the smallest perturbation in l2 that DeepFool, the fast minimum-norm attack and FAB find. An interrupted
 * measurement goes on after its last block of images.
 */
export async function runAutoAttackJob(
  job: AutoAttackJob,
  context: Context,
): Promise<Outcome<AutoAttackResult>> {
  const { signal, onProgress, folderOf } = context;
  const folder = folderOf(job);
  const target = await targetOf(job, context);
  const total = Math.min(job.images, target.split.count);
  const rows = await earlierRows(job, context);
  const left = { from: rows.length > 0 ? rows.at(-1)!.index + 1 : 0, to: total, size: blockImages };
  for await (const block of blocksOf(target.split, left)) {
    const tell: Tell = (phase, done) => {
      signal.throwIfAborted();
      onProgress({ job, phase, done: block.indices[0]! + done, total });
    };
    rows.push(...await attackedRows(target, job.radii, block, tell));
    await writePartialImages(folder, job.id, rows);
  }
  await dropPartialImages(folder);
  return {
    result: resultOf(rows, target.model.network, job.radii),
    durationSeconds: sum(rows, ({ seconds }: ImageRow) => seconds),
  };
}

async function targetOf(
  { model }: AutoAttackJob,
  { engine, pixelsOf, networkOf, folderOf }: Context,
): Promise<Target> {
  const network = networkOf(model.network);
  const { test, scale } = await pixelsOf(model.network);
  const weights = await readRunWeights(folderOf(model), network);
  return { engine, model: inPixels({ network, weights }, scale), split: test };
}

/** The rows of a measurement that was interrupted. Where they are damaged it starts again, and that is said. */
async function earlierRows(
  job: AutoAttackJob,
  { folderOf, onNotice }: Context,
): Promise<ImageRow[]> {
  try {
    return await readPartialImages(folderOf(job), job.id);
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    onNotice(`${error.message}; the attacks start again from the first image`);
    return [];
  }
}

/** Says how many images of a block an attack has done. */
type Tell = (phase: string, done: number) => void;

/** Attacks some images with all attacks. */
async function attackedRows(
  { engine, model }: Target,
  radii: Radii,
  { images, labels, indices }: Block,
  tell: Tell,
): Promise<ImageRow[]> {
  const begun = performance.now();
  const told = (phase: string) => ({ within, onProgress: (done: number) => tell(phase, done) });
  const inBall = (p: number, epsilon: number, phase: string) =>
    autoAttack(engine, model, images, { labels, p, epsilon, ...told(phase) });
  const linf = await inBall(Infinity, radii.linf, "AutoAttack l∞");
  const l2 = await inBall(2, radii.l2, "AutoAttack l2");
  const quick = await deepfool(engine, model, images, told("DeepFool"));
  const fmn = await fastMinimumNorm(engine, model, images, told("FMN"));
  const fab = await fastAdaptiveBoundary(engine, model, images, told("FAB"));
  const memberOf = ({ members, fooledBy }: AutoAttacked, i: number) =>
    members[fooledBy[i]!] ?? null;
  const ratioOf = ({ fooled, ratios }: Attacked, i: number) => fooled[i] ? ratios[i]! : null;
  const seconds = (performance.now() - begun) / 1000 / indices.length;
  return Array.from(indices, (index, i) => ({
    index,
    label: labels[i]!,
    predicted: linf.predicted[i]!,
    linf: memberOf(linf, i),
    l2: memberOf(l2, i),
    deepfool: ratioOf(quick, i),
    fmn: ratioOf(fmn, i),
    fab: ratioOf(fab, i),
    seconds,
  }));
}

function resultOf(
  rows: readonly ImageRow[],
  network: Network,
  { linf, l2 }: Radii,
): AutoAttackResult {
  const average = (of: (row: ImageRow) => number | null | undefined) => mean(rows, of) ?? null;
  return {
    images: rows.length,
    accuracy: shareOf(rows, isRight),
    linf: ballResult(rows, "linf", linf, autoAttackMembers(network, Infinity)),
    l2: ballResult(rows, "l2", l2, autoAttackMembers(network, 2)),
    rho2_deepfool: average(({ deepfool }) => deepfool),
    rho2_fmn: average(({ fmn }) => fmn),
    rho2_fab: average(({ fab }) => fab),
    rho2_smallest: average(smallestOf),
    median_smallest: median(rows, smallestOf) ?? null,
    unfooled: rows.filter((row) => smallestOf(row) === undefined).length,
  };
}

/** What is left after each member, and after all. */
function ballResult(
  rows: readonly ImageRow[],
  norm: "linf" | "l2",
  radius: number,
  { members, leftOut }: ReturnType<typeof autoAttackMembers>,
): BallResult {
  const after = members.map((member, place) => {
    const before: readonly string[] = members.slice(0, place + 1);
    return [
      member,
      shareOf(rows, (row) => isRight(row) && !before.includes(row[norm] ?? "")),
    ] as const;
  });
  return {
    radius,
    after: Object.fromEntries(after),
    accuracy: after.at(-1)![1],
    left_out: Object.fromEntries(leftOut.map(({ member, reason }) => [member, reason])),
  };
}

function isRight({ label, predicted }: ImageRow): boolean {
  return label === predicted;
}

function shareOf(rows: readonly ImageRow[], holds: (row: ImageRow) => boolean): number {
  return rows.filter(holds).length / rows.length;
}

/** An image's smallest ratio; undefined where nothing fooled it. */
function smallestOf({ deepfool, fmn, fab }: ImageRow): number | undefined {
  return min([deepfool, fmn, fab]);
}
