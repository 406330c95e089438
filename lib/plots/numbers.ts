import type { Interval } from "./student_interval.ts";

/** A fraction in [0, 1] as percent with two decimals and no sign: 0.9834 is `98.34`. */
export function percent(fraction: number): string {
  return (fraction * 100).toFixed(2);
}

/** A number to three significant digits without an exponent: 0.20517 is `0.205`, 0.00163 stays. */
export function significant(value: number): string {
  return value.toFixed(decimals(value));
}

/** `98.34`, or with several seeds `98.34 ± 0.12`. */
export function percentInterval({ mean, halfWidth }: Interval): string {
  return halfWidth === null ? percent(mean) : `${percent(mean)} ± ${percent(halfWidth)}`;
}

/** `0.205`, or with several seeds `0.205 ± 0.004`: as many decimals on both sides. */
export function significantInterval({ mean, halfWidth }: Interval): string {
  if (halfWidth === null) return significant(mean);
  return `${significant(mean)} ± ${halfWidth.toFixed(decimals(mean))}`;
}

/** Seconds in common units: `4.2 s`, `3 min 20 s`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${pad(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

function decimals(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return 0;
  const exponent = Number(value.toExponential(2).split("e")[1]);
  return Math.min(20, Math.max(0, 2 - exponent));
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
