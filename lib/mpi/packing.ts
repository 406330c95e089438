/**
 * The arguments of every rank, in order: as many as it has threads, or where there are fewer arguments than threads, in
 * proportion, so that all machines share the work.
 *
 * @param sizes The threads of every rank.
 */
export function grouped<T>(args: readonly T[], sizes: readonly number[]): T[][] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  let [threads, from] = [0, 0];
  return sizes.map((size) => {
    threads += size;
    const to = Math.floor(args.length * threads / all);
    const own = args.slice(from, to);
    from = to;
    return own;
  });
}

/** The kinds of arrays that arguments hold. */
const kinds = { Float32Array, Float64Array, Uint8Array, Uint16Array, Uint32Array, Int32Array };

type Kind = keyof typeof kinds;
type Numbers = InstanceType<(typeof kinds)[Kind]>;

/** The kind and the length of an array. */
export interface Extent {
  readonly kind: Kind;
  readonly length: number;
}

/** A rank's rows of an argument: its numbers from `at` on, of `length`. */
interface Part extends Extent {
  readonly at: number;
  readonly numbers: Numbers;
}

/** A rank's arguments of a call. */
export interface Packed {
  /** One for each of its shards. In place of an array stands its number among the whole ones; parts are left out. */
  readonly args: readonly unknown[];
  /** The arguments by row, by name. */
  readonly parts: Readonly<Record<string, Part>>;
}

/** The arguments of a call of several ranks. */
export interface PackedCall {
  readonly ranks: readonly Packed[];
  /** The arrays that every rank gets whole, such as the weights. */
  readonly whole: readonly Numbers[];
}

/**
 * Packs the arguments of a call of several ranks: each array is in them once, and a rank gets its own rows only.
 *
 * @param rows The arguments that hold an entry for every row, and the numbers in an entry; none unless given.
 */
export function pack(
  groups: readonly (readonly unknown[])[],
  rows: Readonly<Record<string, number>> = {},
): PackedCall {
  const numbers = new Map<Numbers, number>();
  const numbered = (array: Numbers) => {
    const number = numbers.get(array) ?? numbers.size;
    numbers.set(array, number);
    return Uint32Array.of(number);
  };
  const ranks = groups.map((args) => ({
    args: args.map((one) => withArrays(withoutRows(one, rows), numbered)),
    parts: partsOf(args, rows),
  }));
  return { ranks, whole: [...numbers.keys()] };
}

/** The arguments of a rank's shards again. */
export function unpack(
  { args, parts }: Packed,
  whole: readonly Numbers[],
  memory: Memory,
): unknown[] {
  const byRow = Object.entries(parts).map(([name, { at, numbers, ...extent }]) => {
    const array = memory(name, extent);
    array.set(numbers, at);
    return [name, array] as const;
  });
  return args.map((one) => {
    const plain = withArrays(one, (number) => whole[number[0]!]);
    return byRow.length > 0 ? { ...plain as object, ...Object.fromEntries(byRow) } : plain;
  });
}

/** Gives the array of a name: the same one at every call, as long as it has this extent. */
export type Memory = (name: string, extent: Extent) => Numbers;

/** Makes a memory that threads can share. Of an array of all rows only the rows that are written take room. */
export function sharedMemory(): Memory {
  const arrays = new Map<string, Numbers>();
  return (name, extent) => {
    const known = arrays.get(name);
    if (known && known.length === extent.length && kindOf(known) === extent.kind) return known;
    const { BYTES_PER_ELEMENT } = kinds[extent.kind];
    const [made] = viewsOf(new SharedArrayBuffer(extent.length * BYTES_PER_ELEMENT), [extent]);
    arrays.set(name, made!);
    return made!;
  };
}

/** The extents of arrays. */
export function extentsOf(arrays: readonly Numbers[]): Extent[] {
  return arrays.map((array) => ({ kind: kindOf(array), length: array.length }));
}

/** The bytes that arrays take one after another, each at a multiple of eight. */
export function bytesOf(extents: readonly Extent[]): number {
  return extents.reduce((at, extent) => at + roomOf(extent), 0);
}

type View = new (buffer: ArrayBufferLike, at: number, length: number) => Numbers;

/** The arrays of these extents in a buffer of {@link bytesOf} them. */
export function viewsOf(buffer: ArrayBufferLike, extents: readonly Extent[]): Numbers[] {
  let at = 0;
  return extents.map((extent) => {
    const view = new (kinds[extent.kind] as View)(buffer, at, extent.length);
    at += roomOf(extent);
    return view;
  });
}

function roomOf({ kind, length }: Extent): number {
  return 8 * Math.ceil(length * kinds[kind].BYTES_PER_ELEMENT / 8);
}

/** Plain data with another value in place of every array of numbers. */
export function withArrays(value: unknown, change: (array: Numbers) => unknown): unknown {
  if (ArrayBuffer.isView(value)) return change(value as Numbers);
  if (Array.isArray(value)) return value.map((one) => withArrays(one, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, withArrays(one, change)]),
  );
}

function kindOf(array: Numbers): Kind {
  return array.constructor.name as Kind;
}

/** What a shard's arguments hold besides the arrays by row. */
function withoutRows(args: unknown, rows: object): unknown {
  if (typeof args !== "object" || args === null) return args;
  const isByRow = (name: string, value: unknown) =>
    Object.hasOwn(rows, name) && ArrayBuffer.isView(value);
  return Object.fromEntries(Object.entries(args).filter(([name, value]) => !isByRow(name, value)));
}

/** The rows of a rank's shards, which follow one another. */
function partsOf(
  args: readonly unknown[],
  rows: Readonly<Record<string, number>>,
): Record<string, Part> {
  type Args = { readonly from: number; readonly to: number } & Record<string, unknown>;
  const [first, last] = [args[0], args.at(-1)] as [Args?, Args?];
  if (!first || !last) return {};
  const parts = Object.entries(rows).flatMap(([name, entry]) => {
    const array = first[name];
    if (!ArrayBuffer.isView(array)) return [];
    const [extent] = extentsOf([array as Numbers]);
    const at = first.from * entry;
    return [[name, { ...extent!, at, numbers: (array as Numbers).slice(at, last.to * entry) }]];
  });
  return Object.fromEntries(parts);
}
