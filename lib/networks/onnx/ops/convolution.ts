import { conv2d } from "../../../layers/conv2d.ts";
import { imageOf, slidingOf } from "../geometry.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import type { Flow } from "../values.ts";

/** Conv: trained weight and bias. */
function conv(node: OnnxNode): Flow {
  const x = imageOf(node);
  const [weight, bias] = [node.stored(1), node.storedIfGiven(2)];
  const { window, stride, pad, dilation } = slidingOf(node, x.shape, weight.shape.slice(2));
  const groups = node.int("group", 1);
  const layer = conv2d(weight.shape[0]!, window, {
    stride,
    pad,
    dilation,
    groups,
    bias: Boolean(bias),
  });
  return { ...node.layer(layer, x, { weight, bias }), awaitsBias: !bias };
}

/** Convolutions. */
export const convolutionOps: Ops = { Conv: conv };
