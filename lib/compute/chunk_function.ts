import type { FunctionPlan, ShapedFunction } from "../engine/engine.ts";
import type { Arrays, BySize, Executable } from "../engine/executable.ts";
import { size } from "../engine/nd_array.ts";
import type { ChunkSettings } from "../networks/network_function.ts";

/** Writes an item's values into its row of one input. */
export type Column<Item> = (item: Item, row: Float32Array) => void;

/** How items fill the inputs that have one row per item, by the input's name. */
export type Columns<Item> = Readonly<Record<string, Column<Item>>>;

/** A function compiled for chunks of `size` rows. Its calls use the same memory: what a call returns, the next one overwrites. */
export interface ChunkFunction {
  readonly size: number;
  /**
   * Runs the function on one row per item, at most `size`; the remaining rows are zero.
   *
   * @param whole The inputs without rows, such as the parameters.
   * @param columns The inputs with one row per item.
   * @param into Arrays for the outputs without rows.
   * @returns Views of the other outputs, by name, for every item.
   */
  readonly call: <Item>(
    items: readonly Item[],
    whole: Arrays,
    columns: Columns<Item>,
    into?: Arrays,
  ) => Promise<readonly Arrays[]>;
}

/** A function compiled for several sizes of chunks, the smallest first. */
export type ChunkFunctions = readonly ChunkFunction[];

/** Plans a function for every size of a chunk. */
export function forSizes<Owner, Settings extends ChunkSettings>(
  make: (owner: Owner, settings: Settings) => ShapedFunction,
  sizes: readonly number[],
  settings: Omit<Settings, "chunk">,
): BySize<FunctionPlan> {
  const plan = (chunk: number): FunctionPlan => ({ make, settings: { ...settings, chunk } });
  return Object.fromEntries(sizes.map((chunk) => [chunk, plan(chunk)]));
}

/** Prepares the compiled functions of {@link forSizes} for calls. */
export function chunkFunctions(executables: BySize<Executable> = {}): ChunkFunctions {
  return Object.entries(executables)
    .map(([size, run]) => chunkFunction(Number(size), run))
    .sort((a, b) => a.size - b.size);
}

function chunkFunction(chunk: number, run: Executable): ChunkFunction {
  const inputs = new Map<string, Rows>();
  let outputs: Outputs | undefined;
  const rowsOf = (name: string): Rows => {
    const known = inputs.get(name) ?? rowsIn(new Float32Array(size(run.inputs[name]!)), chunk);
    inputs.set(name, known);
    return known;
  };
  return {
    size: chunk,
    async call(items, whole, columns, into = {}) {
      const packed = Object.entries(columns).map(([name, write]) => {
        const { all, rows } = rowsOf(name);
        items.forEach((item, i) => write(item, rows[i]!));
        all.fill(0, items.length * all.length / chunk);
        return [name, all] as const;
      });
      const given = { ...whole, ...Object.fromEntries(packed) };
      const results = await run(given, { ...outputs?.all, ...into });
      outputs ??= outputsLike(results, into, chunk);
      return outputs.rows.slice(0, items.length);
    },
  };
}

/** An array and views of its rows. */
interface Rows {
  readonly all: Float32Array;
  readonly rows: readonly Float32Array[];
}

/** Arrays by output, and views of their rows. */
interface Outputs {
  readonly all: Arrays;
  readonly rows: readonly Arrays[];
}

function rowsIn(all: Float32Array, count: number): Rows {
  const length = all.length / count;
  const row = (i: number) => all.subarray(i * length, (i + 1) * length);
  return { all, rows: Array.from({ length: count }, (_, i) => row(i)) };
}

/** Reusable memory of the shapes that a first call returned. */
function outputsLike(results: Arrays, into: Arrays, chunk: number): Outputs {
  const own = Object.entries(results).filter(([name]) => !(name in into))
    .map(([name, data]) => [name, rowsIn(data.slice(), chunk)] as const);
  const row = (i: number) => Object.fromEntries(own.map(([name, { rows }]) => [name, rows[i]!]));
  return {
    all: Object.fromEntries(own.map(([name, { all }]) => [name, all])),
    rows: Array.from({ length: chunk }, (_, i) => row(i)),
  };
}

/** A column of arrays. */
export function copied<Item>(of: (item: Item) => Float32Array): Column<Item> {
  return (item, row) => row.set(of(item));
}

/** A column of one number per item. */
export function single<Item>(of: (item: Item) => number): Column<Item> {
  return (item, row) => row[0] = of(item);
}

/** A column of classes, one-hot. */
export function oneHot<Item>(of: (item: Item) => number): Column<Item> {
  return (item, row) => row.fill(0)[of(item)] = 1;
}
