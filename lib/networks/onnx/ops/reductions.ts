import * as tf from "@tensorflow/tfjs";
import { constant } from "../../../engine/constant.ts";
import { activation } from "../../../layers/activations/activation.ts";
import { piecewiseLinear } from "../../../layers/activations/piecewise_linear.ts";
import { mean } from "../../../layers/mean.ts";
import { ofFunction } from "../../../layers/of_function.ts";
import type { Layer } from "../../../layers/layer.ts";
import { applied } from "../applied.ts";
import { axesOf, layoutWithout } from "../axes.ts";
import { alike, laidOut } from "../layout.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { type Flow, layoutOf } from "../values.ts";

type Reduction = (x: tf.Tensor, axes: number[]) => tf.Tensor;

/** ReduceMean: axes are an attribute before opset 18, an input since. */
function reduceMean(node: OnnxNode): Flow {
  return reduced(node, { sinceInput: 18, layer: (axes, keepAxes) => mean(axes, { keepAxes }) });
}

/** ReduceSum: axes are an attribute before opset 13, an input since. */
function reduceSum(node: OnnxNode): Flow {
  return reduced(node, { sinceInput: 13, layer: reducing((x, axes) => tf.sum(x, axes, true)) });
}

function reduceMax(node: OnnxNode): Flow {
  return reduced(node, { sinceInput: 18, layer: reducing(extreme(tf.max)) });
}

function reduceMin(node: OnnxNode): Flow {
  return reduced(node, { sinceInput: 18, layer: reducing(extreme(tf.min)) });
}

/** The length of one number. */
const absolute = piecewiseLinear(tf.abs, tf.sign);

function reduceL1(node: OnnxNode): Flow {
  const length: Reduction = (x, axes) => tf.sum(tf.abs(x), axes, true);
  return reduced(node, { sinceInput: 18, layer: reducing(length), unreduced: absolute });
}

function reduceL2(node: OnnxNode): Flow {
  const length: Reduction = (x, axes) => tf.sqrt(tf.sum(tf.square(x), axes, true));
  return reduced(node, { sinceInput: 18, layer: reducing(length), unreduced: absolute });
}

function reduceSumSquare(node: OnnxNode): Flow {
  const squares: Reduction = (x, axes) => tf.sum(tf.square(x), axes, true);
  const unreduced = activation(tf.square, (_, x) => tf.mul(x, 2));
  return reduced(node, { sinceInput: 18, layer: reducing(squares), unreduced });
}

function reduceLogSumExp(node: OnnxNode): Flow {
  const sums: Reduction = (x, axes) => tf.logSumExp(x, axes, true);
  return reduced(node, { sinceInput: 18, layer: reducing(sums) });
}

/** The largest or smallest numbers; equal ones share the gradient. */
function extreme(find: (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor): Reduction {
  return (x, axes) => {
    const isOne = constant(() => tf.cast(tf.equal(x, find(x, axes, true)), "float32"));
    return tf.div(tf.sum(tf.mul(x, isOne), axes, true), tf.sum(isOne, axes, true));
  };
}

/** A layer that reduces along axes, which a reduction keeps with extent 1. */
function reducing(reduction: Reduction) {
  return (axes: readonly number[], keepAxes: boolean): Layer =>
    ofFunction(
      (x) => {
        const kept = reduction(x, [...axes]);
        return keepAxes ? kept : tf.squeeze(kept, [...axes]);
      },
      (inputShape) => ({
        outputShape: inputShape.flatMap((extent, i) =>
          axes.includes(i + 1) ? keepAxes ? [1] : [] : [extent]
        ),
      }),
    );
}

/** How a node reduces. */
interface Reduced {
  /** The opset since which axes are an input. */
  readonly sinceInput: number;
  readonly layer: (axes: readonly number[], keepAxes: boolean) => Layer;
  /** What it does to each number where it reduces no axes, as onnxruntime has it; nothing unless given. */
  readonly unreduced?: Layer;
}

/** Without axes, or with an empty list of them, it reduces all, unless the node says otherwise. */
function reduced(node: OnnxNode, { sinceInput, layer, unreduced }: Reduced): Flow {
  const x = node.anyFlow(0);
  const keepAxes = node.int("keepdims", 1) !== 0;
  const given = node.opset < sinceInput ? node.ints("axes") : node.numbers(1);
  const reducesNone = node.opset >= sinceInput && node.int("noop_with_empty_axes", 0) !== 0;
  if (!given?.length && reducesNone) return unreduced ? applied(node, unreduced) : x;
  const all = layoutOf(x).map((_, axis) => axis);
  const axes = axesOf(node, given?.length ? given : all, x);
  const made = node.layer(layer(axes, keepAxes), x);
  return keepAxes ? alike(x, made) : laidOut(made, layoutWithout(x, axes));
}

/** Reductions along axes: means, sums, norms, extremes. */
export const reductionOps: Ops = {
  ReduceMean: reduceMean,
  ReduceSum: reduceSum,
  ReduceMax: reduceMax,
  ReduceMin: reduceMin,
  ReduceL1: reduceL1,
  ReduceL2: reduceL2,
  ReduceSumSquare: reduceSumSquare,
  ReduceLogSumExp: reduceLogSumExp,
};
