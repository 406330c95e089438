/** A tensor as a safetensors file holds it. */
export interface FixtureTensor {
  readonly dtype: "F32" | "F64" | "U8" | "I32" | "I64";
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const arrays = {
  F32: (values: readonly number[]) => Float32Array.from(values),
  F64: (values: readonly number[]) => Float64Array.from(values),
  U8: (values: readonly number[]) => Uint8Array.from(values),
  I32: (values: readonly number[]) => Int32Array.from(values),
  I64: (values: readonly number[]) => BigInt64Array.from(values, BigInt),
};

/** The bytes of a safetensors file, the header not padded: values need not be aligned. */
export function tensorBytes(
  tensors: Readonly<Record<string, FixtureTensor>>,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, values }]) => {
      const own = new Uint8Array(arrays[dtype](values).buffer);
      parts.push(own);
      end += own.length;
      return [name, { dtype, shape, data_offsets: [end - own.length, end] }];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  parts.reduce((at, part) => (bytes.set(part, at), at + part.length), 8 + text.length);
  return bytes;
}

/** Points of two numbers in three classes: five for training, two for testing. */
export function smallTensors(): Record<string, FixtureTensor> {
  return {
    x_train: { dtype: "F32", shape: [5, 2], values: [0, 1, 2, 3, -4, 5, 0.5, 7, 8, 9] },
    y_train: { dtype: "I64", shape: [5], values: [0, 1, 2, 2, 0] },
    x_test: { dtype: "F32", shape: [2, 2], values: [1, -1, 2, -2.5] },
    y_test: { dtype: "I64", shape: [2], values: [2, 1] },
  };
}
