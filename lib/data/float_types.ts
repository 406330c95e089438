/** The floating-point types, with how their bytes become numbers: little-endian, each copied. */
export const floatTypes: Readonly<
  Record<"F32" | "F16" | "BF16" | "F64", (bytes: ArrayBuffer) => ArrayLike<number>>
> = {
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => new Float16Array(bytes),
  BF16: bfloats,
  F64: (bytes) => new Float64Array(bytes),
};

/** bfloat16 is the upper half of float32. */
export function bfloats(bytes: ArrayBuffer): Float32Array {
  return new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half * 65536).buffer);
}
