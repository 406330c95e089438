/**
 * Arrays that are reused at every step: threads of one process wait for one another when they allocate memory and
 * free it.
 */
export interface RowMemory {
  /** An array that has not been taken since the last {@link RowMemory.clear}; its values are left over from earlier use. */
  readonly take: (length: number) => Float32Array;
  /** Makes all arrays available again. */
  readonly clear: () => void;
}

/** Makes a memory; it grows to the number of arrays in use at a time. */
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
