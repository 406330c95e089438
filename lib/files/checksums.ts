import { createHash } from "node:crypto";
import { canonical } from "../engine/canonical.ts";
import type { NDArray } from "../engine/nd_array.ts";

/** Plain data that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | {
  readonly [key: string]: Json;
};

/** The SHA-256 of bytes, as hexadecimal digits. */
export function checksumOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The SHA-256 of plain data; the order of keys does not matter. */
export function checksumOfJson(value: Json): string {
  return createHash("sha256").update(canonical(value)).digest("hex");
}

/** The SHA-256 of named tensors, in their order, and of data about them. */
export function checksumOfTensors(
  tensors: Readonly<Record<string, NDArray>>,
  about: Json,
): string {
  const hash = createHash("sha256");
  const entries = Object.entries(tensors);
  hash.update(canonical([about, entries.map(([name, { shape }]) => [name, shape])]));
  for (const [, { data: { buffer, byteOffset, byteLength } }] of entries) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
