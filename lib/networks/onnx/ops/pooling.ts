import { averagePool } from "../../../layers/average_pool.ts";
import { globalMaxPool as globalMaximum } from "../../../layers/global_max_pool.ts";
import { maxPool as maximum } from "../../../layers/max_pool.ts";
import { mean } from "../../../layers/mean.ts";
import { imageOf, type Sliding, slidingOf } from "../geometry.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import type { Flow } from "../values.ts";

function windowsOf(node: OnnxNode, x: Flow): Sliding {
  const sliding = slidingOf(node, x.shape);
  if (sliding.dilation.every((step) => step === 1)) return sliding;
  return node.refuse(`expected windows without dilations, got [${sliding.dilation}]`);
}

function maxPool(node: OnnxNode): Flow {
  const x = imageOf(node);
  node.int("storage_order", 0); // Of the positions, which nothing may read.
  const { window, stride, pad } = windowsOf(node, x);
  return node.layer(maximum(window, { stride, pad }), x);
}

function averagePooling(node: OnnxNode): Flow {
  const x = imageOf(node);
  const { window, stride, pad, asked } = windowsOf(node, x);
  const counted = node.int("count_include_pad", 0) ? asked : 0;
  return node.layer(averagePool(window, { stride, pad, counted }), x);
}

function globalAveragePool(node: OnnxNode): Flow {
  return node.layer(mean([2, 3], { keepAxes: true }), imageOf(node));
}

function globalMaxPool(node: OnnxNode): Flow {
  return node.layer(globalMaximum(), imageOf(node));
}

/** Poolings. */
export const poolingOps: Ops = {
  MaxPool: maxPool,
  AveragePool: averagePooling,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
};
