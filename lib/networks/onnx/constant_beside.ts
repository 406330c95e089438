import * as tf from "@tensorflow/tfjs";
import { spelledShape } from "./layout.ts";
import type { OnnxNode } from "./onnx_node.ts";
import { arranged, fileShape, type Flow, layoutOf, type Stored } from "./values.ts";

/**
 * A constant, ready to be broadcast with a value's samples: where the file's axes differ from the samples', it is reshaped.
 *
 * @returns Its shape is broadcast from the last axis with [N, ...x.shape].
 */
export function constantBeside(node: OnnxNode, constant: Stored, x: Flow): Stored {
  const { shape } = constant;
  const layout = layoutOf(x);
  const own = layout.slice(Math.max(0, layout.length - shape.length));
  const isSimple = own.every((axes, i) =>
    axes.length === 1 && axes[0] === x.shape.length + 1 - own.length + i
  );
  if (shape.length > layout.length || isSimple) return constant;
  const extents = own.flatMap((axes, i) => {
    const extent = shape[i + shape.length - own.length]!;
    if (axes.includes(0) && extent !== 1) {
      node.refuse(
        `expected a constant that is the same for every sample, got ${constant.name} of shape [${shape}] beside ${
          spelledShape(fileShape(x))
        }`,
      );
    }
    return axes.filter((axis) => axis !== 0).map(() => extent);
  });
  return arranged(constant, extents, (tensor) => tf.reshape(tensor, extents));
}
