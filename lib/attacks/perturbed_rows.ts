import { norm } from "./norms.ts";

/** Perturbed rows, one entry a row; perturbations are [rows, length]. */
export interface PerturbedRows {
  readonly perturbations: Float32Array;
  /** The classes predicted at x. */
  readonly predicted: Uint16Array;
  /** The classes predicted at x + perturbation. */
  readonly fooledAs: Uint16Array;
}

/** Parts one after another, in one. */
export function joinRows(parts: readonly PerturbedRows[]): PerturbedRows {
  const perturbations = new Float32Array(
    parts.reduce((sum, part) => sum + part.perturbations.length, 0),
  );
  parts.reduce(
    (at, part) => (perturbations.set(part.perturbations, at), at + part.perturbations.length),
    0,
  );
  const bytes = (key: "predicted" | "fooledAs") =>
    Uint16Array.from(parts.flatMap((part) => [...part[key]]));
  return { perturbations, predicted: bytes("predicted"), fooledAs: bytes("fooledAs") };
}

/** The p-norm of every row of [rows, length]. */
export function rowNorms(rows: Float32Array, length: number, p = 2): Float32Array {
  return Float32Array.from(
    { length: rows.length / length },
    (_, i) => norm(rows.subarray(i * length, (i + 1) * length), p),
  );
}
