import type { Attacked, MinimumNormAttacked } from "../../attacks/attacked.ts";
import type { Split } from "../../data/dataset.ts";
import { UserError } from "../../engine/user_error.ts";
import { checksumOfTensors } from "../../files/checksums.ts";
import { makeFolder, readIfThere, writeWhole } from "../../files/files.ts";
import { decodeSafetensors, encodeSafetensors } from "../../networks/safetensors.ts";
import type { Weights } from "../../networks/weights.ts";
import { Interrupted } from "./interruption.ts";

/** The results of attacked images, and the time of all sittings. */
export interface TimedAttack {
  readonly attacked: Attacked | MinimumNormAttacked;
  readonly seconds: number;
}

/** How images are attacked block by block. */
export interface BlockOptions {
  /** Attacks some of the images. */
  readonly run: (
    block: Split,
    onProgress: (done: number) => void,
  ) => Promise<Attacked | MinimumNormAttacked>;
  /** Images in a block. */
  readonly size: number;
  /** Where finished blocks are kept until all are done. */
  readonly folder: string;
  /** A key of all that the results depend on: blocks of another key are not used. */
  readonly key: string;
  /** Stops the work before the next block. */
  readonly signal: AbortSignal;
  /** Called as images are done. */
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * Attacks images block by block. Each block is saved when it is done; the next call resumes after the saved blocks.
 *
 * @throws {Interrupted} when the signal was raised; finished blocks are kept.
 */
export async function attackInBlocks(
  split: Split,
  { run, size, folder, key, signal, onProgress }: BlockOptions,
): Promise<TimedAttack> {
  const { count } = split;
  const parts: TimedAttack[] = [];
  let done = 0;
  const interrupted = () => new Interrupted(`${done} of ${count} images`);
  while (done < count) {
    const path = `${folder}/${done}.safetensors`;
    const kept = await readBlock(path, key);
    if (!kept && signal.aborted) throw interrupted();
    const part = kept ?? await timed(run, blockOf(split, done, size), (own) => {
      onProgress(done + own, count);
    }).catch((error) => {
      throw error instanceof Interrupted ? interrupted() : error; // On several ranks a block is cut short.
    });
    if (!kept) {
      await makeFolder(folder);
      await writeWhole(path, encodeBlock(part, key));
    }
    parts.push(part);
    done += part.attacked.count;
    if (kept) onProgress(done, count);
  }
  return {
    attacked: joined(parts.map(({ attacked }) => attacked)),
    seconds: parts.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

function blockOf({ images, labels, count }: Split, from: number, size: number): Split {
  const to = Math.min(from + size, count);
  const length = images.length / count;
  return {
    images: images.subarray(from * length, to * length),
    labels: labels.subarray(from, to),
    count: to - from,
  };
}

async function timed(
  run: BlockOptions["run"],
  block: Split,
  onProgress: (done: number) => void,
): Promise<TimedAttack> {
  const begun = performance.now();
  const attacked = await run(block, onProgress);
  return { attacked, seconds: (performance.now() - begun) / 1000 };
}

/** What a block holds of each image, and whether it is whole numbers. */
const columns = {
  perturbations: false,
  norms: false,
  ratios: false,
  earlierRatios: false,
  iterations: true,
  predicted: true,
  fooledAs: true,
  fooled: true,
  zeroGradients: true,
} as const satisfies Record<keyof Omit<MinimumNormAttacked, "count">, boolean>;

/** Stands for a missing ratio, since files hold finite numbers only. */
const none = -1;

function encodeBlock({ attacked, seconds }: TimedAttack, key: string): Uint8Array {
  const tensors: Weights = Object.fromEntries(
    Object.entries(attacked).filter(([name]) => name in columns).map(([name, rows]) => {
      const data = Float32Array.from(rows as Float32Array, (x) => Number.isNaN(x) ? none : x);
      return [name, { shape: [attacked.count, data.length / attacked.count], data }];
    }),
  );
  const about = { key, seconds: String(seconds) };
  return encodeSafetensors(tensors, { ...about, sha256: checksumOfTensors(tensors, about) });
}

/** A block that is on the disk; undefined where there is none of this key, or a damaged one. */
async function readBlock(path: string, key: string): Promise<TimedAttack | undefined> {
  const bytes = await readIfThere(path);
  if (!bytes) return undefined;
  try {
    const { weights, metadata: { sha256, ...about } } = decodeSafetensors(bytes, path);
    if (about.key !== key) return undefined;
    if (checksumOfTensors(weights, about) !== sha256) {
      throw new UserError(`reading ${path}: expected the content that its checksum belongs to`);
    }
    const rows = Object.entries(weights).map(([name, { data }]) => [
      name,
      columns[name as keyof typeof columns]
        ? Uint16Array.from(data)
        : /ratios$/i.test(name)
        ? data.map((x) => x === none ? NaN : x)
        : data,
    ]);
    const attacked = { count: weights.norms!.data.length, ...Object.fromEntries(rows) };
    return { attacked, seconds: Number(about.seconds) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`damaged, attacked again: ${error.message}`);
    return undefined;
  }
}

/** Concatenates blocks. */
function joined(
  parts: readonly (Attacked | MinimumNormAttacked)[],
): Attacked | MinimumNormAttacked {
  const [first] = parts;
  const rows = Object.entries(first!).filter(([name]) => name in columns).map(([name]) => {
    const all = parts.map((part) => part[name as keyof Attacked] as Float32Array | Uint16Array);
    const length = all.reduce((sum, own) => sum + own.length, 0);
    const whole = all[0] instanceof Uint16Array
      ? new Uint16Array(length)
      : new Float32Array(length);
    all.reduce((at, own) => (whole.set(own, at), at + own.length), 0);
    return [name, whole];
  });
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  return { count, ...Object.fromEntries(rows) };
}
