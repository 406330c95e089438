import type { Tensor } from "../../engine/tensor.ts";
import { size } from "../../engine/nd_array.ts";

/** Numbers that are known when a model is read: shapes, axes, pads. */
export interface Known {
  readonly kind: "known";
  readonly shape: readonly number[];
  readonly numbers: readonly number[];
  /** Whether they are whole: division drops the remainder. */
  readonly whole: boolean;
  /** Set for a tensor of the file, as opposed to what its nodes compute. */
  readonly isOfFile?: boolean;
}

/** A tensor of floating-point numbers in the file: a parameter or buffer of the layer that uses it. */
export interface Stored {
  readonly kind: "stored";
  /** Its name in the file. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The file's numbers, in its order. */
  readonly data: Float32Array;
  /** ONNX's number for its type in the file; float32 unless given. */
  readonly dataType?: number;
  /** Set for an Identity: the name of the tensor that it copies. */
  readonly copyOf?: string;
  /** Set for initialisers of the file, as opposed to tensors in nodes. */
  readonly isGiven?: boolean;
  /** Set where the file repeats it for every sample: a class token. */
  readonly isRepeated?: boolean;
  /** How layers use it, where the file's nodes transpose or reshape it first; the parameter itself stays as in the file. */
  readonly arrangement?: Arrangement;
}

/** How a tensor of the file becomes one of another shape. */
export interface Arrangement {
  /** The shape in the file. */
  readonly from: readonly number[];
  readonly arrange: (tensor: Tensor) => Tensor;
  /** For each axis the one that it is in the file, if axes only change places. */
  readonly axes?: readonly number[] | undefined;
}

/**
 * A tensor of the file with one more rearrangement.
 *
 * @param axes For each new axis the one that it was, if axes only change places.
 */
export function arranged(
  stored: Stored,
  shape: readonly number[],
  arrange: (tensor: Tensor) => Tensor,
  axes?: readonly number[],
): Stored {
  const before: Arrangement = stored.arrangement ?? {
    from: stored.shape,
    arrange: (tensor) => tensor,
    axes: [...stored.shape.keys()],
  };
  const arrangement = {
    from: before.from,
    arrange: (tensor: Tensor) => arrange(before.arrange(tensor)),
    axes: before.axes && axes?.map((axis) => before.axes![axis]!),
  };
  return { ...stored, shape, arrangement };
}

/** A value that depends on the input. */
export interface Flow {
  readonly kind: "flow";
  /** The graph's node that computes it, or the graph's input. */
  readonly from: string;
  /** The shape of one sample. */
  readonly shape: readonly number[];
  /** The layout of the samples in the file's value; the batch in front and then a sample's axes, unless given. */
  readonly layout?: AxisLayout;
  /** Set for a product without a bias: a constant that is added next is its bias. */
  readonly awaitsBias?: boolean;
  /** Set for the square root of a variance: a value divided by it is normalised. */
  readonly isDeviation?: boolean;
  /** Set for a normalised value: a constant that it is multiplied by next is its scale. */
  readonly awaitsScale?: boolean;
}

/**
 * For each axis of the file's value, our axes that it combines, where 0 is the batch and the others are a sample's,
 * in their order: [[1], [0, 2], [3]] for the file's [L, N heads, D], which is [N, L, heads, D] here.
 */
export type AxisLayout = readonly (readonly number[])[];

/** The layout of the samples in the file's value. */
export function layoutOf({ layout, shape }: Flow): AxisLayout {
  return layout ?? [[0], ...shape.map((_, i) => [i + 1])];
}

/** A value of the file while it is read. */
export type Value = Known | Stored | Flow;

/**
 * The number that stands for the batch's size in known shapes while a model is read: a prime number that is no
 * extent. Multiples of it contain the batch's axis.
 */
export const batchSize = 1_000_003;

/** Whether a number was made of the size of the batch: a multiple of it, its inverse, or the square root of one of them. */
export function isOfBatch(number: number): boolean {
  return [number, 1 / number, number ** 2, 1 / number ** 2].some((one) => {
    const batches = Math.round(one / batchSize);
    return batches !== 0 && Math.abs(batches) < 1e6 && Math.abs(one / batchSize - batches) < 1e-9;
  });
}

/** Whole numbers as a value. */
export function known(
  numbers: readonly number[],
  shape: readonly number[] = [numbers.length],
  whole = true,
): Known {
  return { kind: "known", shape, numbers, whole };
}

/** The shape that the file has for a value. */
export function fileShape(value: Value): readonly number[] {
  if (value.kind !== "flow") return value.shape;
  const extents = [batchSize, ...value.shape];
  return layoutOf(value).map((axes) => size(axes.map((axis) => extents[axis]!)));
}

/** The one number of a constant, if it has one. */
export function scalarOf(value: Known | Stored): number | undefined {
  if (size(value.shape) !== 1) return undefined;
  return value.kind === "known" ? value.numbers[0] : value.data[0];
}
