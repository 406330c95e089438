import * as tf from "@tensorflow/tfjs";
import { softmax as softmaxLayer } from "../../../layers/activations/softmax.ts";
import type { Layer } from "../../../layers/layer.ts";
import { ofFunction } from "../../../layers/of_function.ts";
import { axesOf } from "../axes.ts";
import { alike } from "../layout.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { type Flow, layoutOf } from "../values.ts";

/** Softmax, inside attention; at the end of the network it is removed. */
function softmax(node: OnnxNode): Flow {
  return normalized(node, (axes) => softmaxLayer({ axes }));
}

function logSoftmax(node: OnnxNode): Flow {
  return normalized(node, (axes) => ofFunction((x) => tf.sub(x, tf.logSumExp(x, [...axes], true))));
}

/** Before opset 13 all axes from the given one on are flattened. */
function normalized(node: OnnxNode, layer: (axes: readonly number[]) => Layer): Flow {
  const x = node.anyFlow(0);
  const rank = layoutOf(x).length;
  const axis = node.int("axis", node.opset < 13 ? 1 : -1);
  const at = axis < 0 ? axis + rank : axis;
  const axes = axesOf(node, node.opset < 13 ? range(at, rank) : [at], x);
  // Attacks and losses take logits.
  const isOfClasses = x.shape.every((extent, i) => extent === 1 || axes.includes(i + 1));
  if (node.isLast && isOfClasses) {
    node.note(`the ${node.op} at the end, ${node.output}, was removed: the network gives logits`);
    return x;
  }
  return alike(x, node.layer(layer(axes), x));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** Normalised exponentials. */
export const softmaxOps: Ops = { Softmax: softmax, LogSoftmax: logSoftmax };
