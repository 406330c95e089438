import { reshape } from "../../layers/reshape.ts";
import { laidOut, reshapedLayout } from "./layout.ts";
import type { OnnxNode } from "./onnx_node.ts";
import { batchSize, type Flow } from "./values.ts";

/** A value with reshaped samples; the value itself where they have that shape already. */
export function reshaped(
  node: OnnxNode,
  x: Flow,
  shape: readonly number[],
  name = node.output,
): Flow {
  return String(shape) === String(x.shape) ? x : node.layer(reshape(shape), x, {}, name);
}

/**
 * A value after the file reshapes it; undefined where that mixes samples, or the shape is not of whole numbers.
 *
 * @param target The file's shape.
 * @param batch The number that stands for the batch in it; `batchSize` unless given.
 */
export function reshapedInFile(
  node: OnnxNode,
  x: Flow,
  target: readonly number[],
  batch = batchSize,
): Flow | undefined {
  const made = reshapedLayout(x, target, batch);
  if (!made?.shape.every(Number.isInteger)) return undefined;
  const { awaitsScale = false } = x;
  return { ...laidOut(reshaped(node, x, made.shape), made.layout), awaitsScale };
}
