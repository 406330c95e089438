import { clip } from "../../../layers/activations/clip.ts";
import type { Junction } from "../../../layers/junctions/junction.ts";
import { choose } from "../../../layers/junctions/choose.ts";
import { maximum, minimum } from "../../../layers/junctions/maximum.ts";
import { beside, join } from "../junctions.ts";
import { alike } from "../layout.ts";
import { constantBeside } from "../constant_beside.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { type Flow, scalarOf } from "../values.ts";

function max(node: OnnxNode): Flow {
  return extremeOf(node, maximum(), (low) => clip({ low }));
}

function min(node: OnnxNode): Flow {
  return extremeOf(node, minimum(), (high) => clip({ high }));
}

/** The largest or smallest of several inputs, one after another. */
function extremeOf(
  node: OnnxNode,
  junction: Junction,
  bounded: (bound: number) => ReturnType<typeof clip>,
): Flow {
  const isFlow = (i: number) => node.inputs[i]?.kind === "flow";
  const inputs = node.inputs.map((_, i) => i);
  const [first = 0, ...others] = [...inputs.filter(isFlow), ...inputs.filter((i) => !isFlow(i))];
  return others.reduce((x, i, done) => {
    const name = done === others.length - 1 ? node.output : `${node.output}.${done}`;
    if (isFlow(i)) return join(node, junction, [x, node.anyFlow(i)], name);
    const bound = scalarOf(node.constant(i));
    return bound === undefined
      ? join(node, junction, [x, beside(node, node.constant(i), x)], name)
      : alike(x, node.layer(bounded(bound), x, {}, name));
  }, node.anyFlow(first));
}

/** Where, with a condition that is known when the model is read. */
function where(node: OnnxNode): Flow {
  if (node.inputs[0]?.kind === "flow") {
    node.refuse("its condition depends on the network's input: it has no gradient");
  }
  const [i, j] = node.inputs[1]?.kind === "flow" ? [1, 2] : [2, 1];
  const x = node.anyFlow(i);
  const other = node.inputs[j]?.kind === "flow"
    ? node.anyFlow(j)
    : beside(node, node.constant(j), x);
  const { shape, data } = constantBeside(node, node.constant(0), x);
  return join(
    node,
    choose({ shape, data }),
    i === 1 ? [x, other] : [other, x],
    node.output,
  );
}

/** One of several values, number by number. */
export const selectionOps: Ops = { Max: max, Min: min, Where: where };
