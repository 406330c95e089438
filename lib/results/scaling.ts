import { decodeTable } from "../files/arrow.ts";
import { readIfThere } from "../files/files.ts";

/** outputs/bench/scaling.arrow: the milliseconds of a training step over batch size, workers and network. */
export const scalingColumns = {
  network: "text",
  step: "text",
  workers: "whole",
  batch: "whole",
  ms: "real",
  peak_gflops: "real",
} as const;

/** A measured step. */
export interface ScalingRow {
  /** Identifier of the network. */
  readonly network: string;
  /** The kind of step: `clean` or `deep_defense`. */
  readonly step: string;
  /** Worker threads. */
  readonly workers: number;
  /** Samples in the batch. */
  readonly batch: number;
  /** Median wall-clock milliseconds. */
  readonly ms: number;
  /** The workers' joint speed on 1000x1000 products at that time. */
  readonly peak_gflops: number;
}

/** Reads a scaling table; no rows when there is no such file. */
export async function readScaling(path: string): Promise<ScalingRow[]> {
  const bytes = await readIfThere(path);
  return bytes ? decodeTable(bytes, scalingColumns, path) : [];
}
