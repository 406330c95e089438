/**
 * The p-norm of a vector.
 *
 * @param p In [1, inf]; 2 unless given.
 */
export function norm(v: ArrayLike<number>, p = 2): number {
  if (p === 2) return euclideanNorm(v);
  const largest = maxAbs(v);
  if (p === Infinity || largest === 0) return largest;
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += power(Math.abs(v[i]!) / largest, p);
  return largest * sum ** (1 / p);
}

/** ||Delta_x|| / ||x|| from both norms; NaN where ||x|| = 0: such a sample has no ratio, and means exclude it. */
export function ratioOf(perturbation: number, input: number): number {
  return input > 0 ? perturbation / input : NaN;
}

/**
 * The squares of float32 numbers neither overflow nor vanish in float64. Four sums, since each addition waits for the
 * one before it.
 */
function euclideanNorm(v: ArrayLike<number>): number {
  const even = v.length - v.length % 4;
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < even; i += 4) {
    a += v[i]! * v[i]!;
    b += v[i + 1]! * v[i + 1]!;
    c += v[i + 2]! * v[i + 2]!;
    d += v[i + 3]! * v[i + 3]!;
  }
  for (let i = even; i < v.length; i++) a += v[i]! * v[i]!;
  return Math.sqrt(a + b + c + d);
}

/**
 * The gradient of ||v||_p in v, times `scale`: zero where v is zero. For p = inf, entries that tie for the
 * largest share it equally, since DeepFool moves them together.
 *
 * @param into Where to write it.
 */
export function normGradient(
  v: Float32Array,
  p: number,
  scale: number,
  into: Float32Array = new Float32Array(v.length),
): Float32Array {
  const length = norm(v, p);
  if (length === 0) return into.fill(0);
  if (p === Infinity) return largestEntries(v, length, scale, into);
  if (p === 2) return scaled(v, scale / length, into);
  for (let i = 0; i < v.length; i++) {
    into[i] = scale * Math.sign(v[i]!) * power(Math.abs(v[i]!) / length, p - 1);
  }
  return into;
}

function scaled(v: Float32Array, factor: number, into: Float32Array): Float32Array {
  for (let i = 0; i < v.length; i++) into[i] = v[i]! * factor;
  return into;
}

function largestEntries(
  v: Float32Array,
  largest: number,
  scale: number,
  into: Float32Array,
): Float32Array {
  const ties = v.reduce((count, x) => count + Number(Math.abs(x) === largest), 0);
  for (let i = 0; i < v.length; i++) {
    into[i] = Math.abs(v[i]!) === largest ? scale * Math.sign(v[i]!) / ties : 0;
  }
  return into;
}

function maxAbs(v: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < v.length; i++) largest = Math.max(largest, Math.abs(v[i]!));
  return largest;
}

function power(x: number, exponent: number): number {
  return exponent === 1 ? x : exponent === 2 ? x * x : x ** exponent;
}
