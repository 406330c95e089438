/**
 * Arrays that are used again at every step: threads of one process wait for one another where they ask for memory and
 * give it back.
 */
export interface RowMemory {
  /** An array that nobody has taken since the last {@link RowMemory.clear}; its numbers are what they were. */
  readonly take: (length: number) => Float32Array;
  /** Takes all arrays back. */
  readonly clear: () => void;
}

/** Makes a memory; it grows to as many arrays as are taken at a time. */
export function rowMemory(): RowMemory {
  const rows: Float32Array[] = [];
  let taken = 0;
  return {
    take(length) {
      const known = rows[taken];
      const row = known?.length === length ? known : new Float32Array(length);
      rows[taken++] = row;
      return row;
    },
    clear: () => {
      taken = 0;
    },
  };
}
