/**
 * Plain data as text: equal data give the same text, whatever the order of keys. It is JSON, but numbers that are not
 * finite are spelled out (Infinity, NaN), and keys without a value are omitted.
 */
export function canonical(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => a < b ? -1 : 1);
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`)}}`;
}
