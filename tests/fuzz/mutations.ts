/** Uniform numbers on [0, 1). */
type Random = () => number;

/** A way to damage a file: takes its bytes and gives new ones. */
type Damage = (bytes: Uint8Array, next: Random, others: readonly Uint8Array[]) => Uint8Array;

/** Numbers that a length or an offset in a header must not be believed to be. */
const huge = [0x7fffffff, 0x80000000, 0xffffffff, 0x7ffffff8, 0x01000000];

/** What is done once, by name. */
const once: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array>> = {
  "an empty file": () => new Uint8Array(),
  "zeros alone": (bytes) => new Uint8Array(bytes.length),
  "twice the file": (bytes) => joined(bytes, bytes),
  "swapped halves": (bytes) => {
    const middle = bytes.length >> 1;
    return joined(bytes.subarray(middle), bytes.subarray(0, middle));
  },
};

/** A file in place of which a whole one of another format was put. */
export const otherKind = "a file of another kind";

/** What is done at random, by name. */
const drawn: Readonly<Record<string, Damage>> = {
  "a flipped bit": (bytes, next) =>
    changed(bytes, (copy) => {
      copy[below(copy.length, next)]! ^= 1 << below(8, next);
    }),
  "three flipped bits": (bytes, next) =>
    changed(bytes, (copy) => {
      for (let i = 0; i < 3; i++) copy[below(copy.length, next)]! ^= 1 << below(8, next);
    }),
  "a byte set": (bytes, next) =>
    changed(bytes, (copy) => {
      copy[below(copy.length, next)] = below(256, next);
    }),
  "a bit flipped at an end": (bytes, next) =>
    changed(bytes, (copy) => {
      copy[nearAnEnd(copy, next)]! ^= 1 << below(8, next);
    }),
  "a huge number at an end": (bytes, next) =>
    changed(bytes, (copy) => {
      const place = Math.max(0, nearAnEnd(copy, next) - 3);
      if (copy.length < 4) return;
      const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
      view.setUint32(Math.min(place, copy.length - 4), oneOf(huge, next), next() < 0.5);
    }),
  "a zeroed range": (bytes, next) =>
    changed(bytes, (copy) => {
      const [from, to] = range(copy, next);
      copy.fill(0, from, to);
    }),
  "a truncated end": (bytes, next) => bytes.slice(0, below(bytes.length, next)),
  "a truncated start": (bytes, next) => bytes.slice(below(bytes.length, next)),
  "bytes cut out": (bytes, next) => {
    const [from, to] = range(bytes, next);
    return joined(bytes.subarray(0, from), bytes.subarray(to));
  },
  "bytes put in": (bytes, next) => {
    const place = below(bytes.length + 1, next);
    const added = Uint8Array.from({ length: 1 + below(16, next) }, () => below(256, next));
    return joined(bytes.subarray(0, place), added, bytes.subarray(place));
  },
  [otherKind]: (_, next, others) => oneOf(others, next),
};

/** A damaged file. */
export interface Mutation {
  /** What was done to it. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * A damaged file. The first few numbers stand for what is done once, the others for what is drawn at random.
 *
 * @param others Whole files of other formats.
 */
export function mutation(
  bytes: Uint8Array,
  number: number,
  next: Random,
  others: readonly Uint8Array[],
): Mutation {
  const [name, damage] = Object.entries(once)[number] ?? oneOf(Object.entries(drawn), next);
  return { name, bytes: damage(bytes, next, others) };
}

function changed(bytes: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy);
  return copy;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

/** A place among the first or the last 64 bytes, where headers and footers are. */
function nearAnEnd({ length }: Uint8Array, next: Random): number {
  const distance = below(Math.min(64, length), next);
  return next() < 0.5 ? distance : length - 1 - distance;
}

/** A short range, or one of any length. */
function range({ length }: Uint8Array, next: Random): readonly [from: number, to: number] {
  const from = below(length, next);
  return [from, from + 1 + below(next() < 0.5 ? 16 : length - from, next)];
}

function below(end: number, next: Random): number {
  return Math.floor(next() * end);
}

function oneOf<T>(values: readonly T[], next: Random): T {
  return values[below(values.length, next)]!;
}
