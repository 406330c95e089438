/**
 * The generator of a key: uniform on [0, 1), in steps of 2^-32.
 *
 * A stream has no state outside the returned function, so work that is resumed needs only its
 * counters: `random("shuffle", seed, epoch)` is the same stream in every process. Keys that differ
 * in a part, in its type (1 and "1") or in how the parts are divided give unrelated streams.
 *
 * The key's JSON text is hashed by MurmurHash3 (x86, 32 bits) under four seeds, which gives the 128
 * bits of state of xoshiro128** 1.1 (Blackman and Vigna, 2018, period 2^128 - 1). Both are in the
 * public domain.
 *
 * @param key The stream's name: strings and finite numbers.
 * @returns A function that gives the next number of the stream at each call.
 * @throws {RangeError} when a number of the key is not finite.
 */
export function random(...key: (number | string)[]): () => number {
  const bad = key.find((part) => typeof part === "number" && !Number.isFinite(part));
  if (bad !== undefined) {
    throw new RangeError(`naming a random stream: expected finite numbers in the key, got ${bad}`);
  }
  const text = JSON.stringify(key);
  let a = murmur3(text, 1), b = murmur3(text, 2), c = murmur3(text, 3), d = murmur3(text, 4);
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return (result >>> 0) / 2 ** 32;
  };
}

/**
 * Standard normal numbers, mean 0 and variance 1, by the Box-Muller transform; |z| < 6.67.
 *
 * @param uniform Uniform numbers on [0, 1), such as a stream of `random`; two are taken for every
 * two normal numbers.
 * @returns A function that gives the next normal number at each call.
 */
export function normal(uniform: () => number): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const z = spare;
      spare = undefined;
      return z;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform())); // 1 - u lies in (0, 1]: no log(0)
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/**
 * A random permutation of 0 .. count - 1 (Fisher-Yates).
 *
 * @param count How many numbers, a whole number >= 0.
 * @param key The key of the random stream, as for `random`.
 * @returns The permutation, [count].
 * @throws {RangeError} when count is not a whole number >= 0.
 */
export function shuffled(count: number, ...key: (number | string)[]): Uint32Array {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`shuffling: expected a whole number of items >= 0, got ${count}`);
  }
  const next = random(...key);
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const swapped = order[i]!;
    order[i] = order[j]!;
    order[j] = swapped;
  }
  return order;
}

/** MurmurHash3_x86_32 of a text's UTF-16 code units, a 32-bit block each. */
function murmur3(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) {
    const block = Math.imul(rotateLeft(Math.imul(text.charCodeAt(i), 0xcc9e2d51), 15), 0x1b873593);
    hash = (Math.imul(rotateLeft(hash ^ block, 13), 5) + 0xe6546b64) | 0;
  }
  hash ^= 4 * text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** The 32 bits of x turned left by `bits`. */
function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}
