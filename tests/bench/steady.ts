/** What the machine can do changes by a few percent by itself; by more than this share where something else ran on it. */
const mostChange = 1 / 5;

/** The peaks before and after something was measured, GFLOP/s. */
export interface Peaks {
  readonly before: number;
  readonly after: number;
}

/** A measurement with the peaks around it. */
export interface Steadily<T> extends Peaks {
  readonly measured: T;
}

/** Whether the machine was as fast after a measurement as before: the smaller peak is at least four fifths of the larger. */
export function isSteady({ before, after }: Peaks): boolean {
  return Math.min(before, after) >= (1 - mostChange) * Math.max(before, after);
}

/** Measures between two peaks, and once more where these are not steady; the second measurement is the result, steady or not. */
export async function steadily<T>(
  peak: () => Promise<number>,
  measure: () => Promise<T>,
): Promise<Steadily<T>> {
  const once = async (before: number): Promise<Steadily<T>> => ({
    before,
    measured: await measure(),
    after: await peak(),
  });
  const first = await once(await peak());
  return isSteady(first) ? first : await once(first.after);
}

/**
 * The fields of a row that peaks decide: how efficient useful arithmetic was; where the peaks are not steady, no efficiency but what
 * they were.
 *
 * @param usefulGflop None for rows whose arithmetic is not counted.
 */
export function peakFields(
  peaks: Peaks,
  { ms, usefulGflop }: { readonly ms: number; readonly usefulGflop?: number | undefined },
): Record<string, number | string> {
  const { before, after } = peaks;
  if (!isSteady(peaks)) {
    const [from, to] = [before, after].map((peak) => peak.toPrecision(3));
    return { noisy: `noisy: peak ${from} GFLOP/s before, ${to} after` };
  }
  const peak = (before + after) / 2;
  if (usefulGflop === undefined) return { peak_gflops: peak };
  return { peak_gflops: peak, efficiency: usefulGflop / (ms / 1000) / peak };
}
