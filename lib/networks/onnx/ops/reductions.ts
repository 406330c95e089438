import * as tf from "@tensorflow/tfjs";
import { mean } from "../../../layers/mean.ts";
import { ofFunction } from "../../../layers/of_function.ts";
import type { Layer } from "../../../layers/layer.ts";
import { axesOf, layoutWithout } from "../axes.ts";
import { alike, laidOut } from "../layout.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "../ops.ts";
import type { Flow } from "../values.ts";

/** ReduceMean: axes are an attribute before opset 18, an input since. */
function reduceMean(node: OnnxNode): Flow {
  return reduced(node, 18, (axes, keepAxes) => mean(axes, { keepAxes }));
}

/** ReduceSum: axes are an attribute before opset 13, an input since. */
function reduceSum(node: OnnxNode): Flow {
  return reduced(node, 13, (axes, keepAxes) =>
    ofFunction(
      (x) => tf.sum(x, [...axes], keepAxes),
      (inputShape) => ({
        outputShape: inputShape.flatMap((extent, i) =>
          axes.includes(i + 1) ? keepAxes ? [1] : [] : [extent]
        ),
      }),
    ));
}

function reduced(
  node: OnnxNode,
  sinceInput: number,
  layer: (axes: readonly number[], keepAxes: boolean) => Layer,
): Flow {
  const x = node.anyFlow(0);
  const keepAxes = node.int("keepdims", 1) !== 0;
  const given = node.opset < sinceInput ? node.ints("axes") : node.numbers(1);
  const unchanged = node.opset >= sinceInput && node.int("noop_with_empty_axes", 0) !== 0;
  if (!given?.length && unchanged) return x;
  const axes = axesOf(node, given ?? [0], x);
  const made = node.layer(layer(axes, keepAxes), x);
  return keepAxes ? alike(x, made) : laidOut(made, layoutWithout(x, axes));
}

/** Means and sums along axes. */
export const reductionOps: Ops = { ReduceMean: reduceMean, ReduceSum: reduceSum };
