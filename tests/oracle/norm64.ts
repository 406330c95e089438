/**
 * The l_p norm and the smallest l_p step onto a hyperplane, with their derivatives, in float64.
 * Everywhere p is in [1, Infinity] and 1/p + 1/q = 1. Zero entries get zero, never 0/0.
 * @module
 */
import { argmax64, at } from "./network64.ts";

/** The dual exponent q of p: 1/p + 1/q = 1. */
export function dual64(p: number): number {
  if (p === 1) return Infinity;
  return p === Infinity ? 1 : p / (p - 1);
}

/** `||v||_p`. */
export function norm64(v: ArrayLike<number>, p: number): number {
  const peak = largest(v);
  if (p === Infinity || peak === 0) return peak;
  return peak * sum(v, (x) => Math.abs(x / peak) ** p) ** (1 / p);
}

/** The gradient of `||v||_p` in v; zero at v = 0. For p = Infinity the first largest entry's. */
export function normGradient64(v: Float64Array, p: number): Float64Array {
  const norm = norm64(v, p);
  if (norm === 0) return v.map(() => 0);
  if (p === Infinity) return onlyPeak(v, Math.sign);
  return v.map((x) => Math.sign(x) * Math.abs(x / norm) ** (p - 1));
}

/**
 * The smallest u in l_p with `<w, u> = 1`: `|w|^(q-1) sign(w) / ||w||_q^q`; zero at w = 0.
 * For p = 1 it moves along the first largest |w| only.
 */
export function unitStep64(w: Float64Array, p: number): Float64Array {
  const peak = largest(w);
  if (peak === 0) return w.map(() => 0);
  if (p === 1) return onlyPeak(w, (x) => 1 / x);
  const q = dual64(p);
  const total = sum(w, (x) => Math.abs(x / peak) ** q);
  return w.map((x) => power(x / peak, q) / (total * peak));
}

/** The gradient in w of `<g, unitStep64(w, p)>`; zero where w is zero. */
export function unitStepPullback64(w: Float64Array, p: number, g: Float64Array): Float64Array {
  const peak = largest(w);
  if (peak === 0) return w.map(() => 0);
  if (p === 1) return onlyPeak(w, (x, i) => -at(g, i) / x ** 2);
  const q = dual64(p);
  const total = sum(w, (x) => Math.abs(x / peak) ** q);
  const along = sum(w, (x, i) => at(g, i) * power(x / peak, q)) / total;
  return w.map((x, i) => {
    if (x === 0) return 0;
    const own = at(g, i) * (q - 1) * Math.abs(x / peak) ** (q - 2);
    return (own - q * along * power(x / peak, q)) / (total * peak ** 2);
  });
}

/** `<a, b>`. */
export function dot64(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return sum(a, (x, i) => x * at(b, i));
}

/** `|x|^(q-1) sign(x)`, zero at zero. */
function power(x: number, q: number): number {
  return Math.sign(x) * Math.abs(x) ** (q - 1);
}

function largest(v: ArrayLike<number>): number {
  return Array.from(v).reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);
}

/** Zero but for the first entry of largest magnitude, where it is `value(entry, index)`. */
function onlyPeak(v: Float64Array, value: (x: number, i: number) => number): Float64Array {
  const peak = argmax64(v.map(Math.abs));
  return v.map((x, i) => i === peak ? value(x, i) : 0);
}

function sum(v: ArrayLike<number>, term: (x: number, i: number) => number): number {
  let total = 0;
  for (let i = 0; i < v.length; i++) total += term(at(v, i), i);
  return total;
}
