import { addConstant } from "../../../layers/constants/add_constant.ts";
import { mulConstant } from "../../../layers/constants/mul_constant.ts";
import { add as plus } from "../../../layers/junctions/add.ts";
import { div as over } from "../../../layers/junctions/div.ts";
import type { Junction } from "../../../layers/junctions/junction.ts";
import { mul as times } from "../../../layers/junctions/mul.ts";
import { sub as minus } from "../../../layers/junctions/sub.ts";
import type { Layer } from "../../../layers/layer.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { beside, join } from "../junctions.ts";
import { alike } from "../layout.ts";
import { constantBeside } from "../constant_beside.ts";
import type { Flow, Stored } from "../values.ts";

function add(node: OnnxNode): Flow {
  return sumOf(node, [0, 1]);
}

function sum(node: OnnxNode): Flow {
  return sumOf(node, node.inputs.map((_, i) => i));
}

/** Adds inputs one after another. */
function sumOf(node: OnnxNode, inputs: readonly number[]): Flow {
  const isFlow = (i: number) => node.inputs[i]?.kind === "flow";
  const ordered = [...inputs.filter(isFlow), ...inputs.filter((i) => !isFlow(i))];
  const [first = 0, ...others] = ordered;
  return others.reduce((sum, i, done) => {
    const name = done === others.length - 1 ? node.output : `${node.output}.${done}`;
    return isFlow(i)
      ? join(node, plus(), [sum, node.anyFlow(i)], name)
      : withConstant(node, sum, node.constant(i), name, {
        layer: ({ shape }) => addConstant(shape, { trained: isTrained(sum, node.constant(i)) }),
        junction: plus(),
      });
  }, node.anyFlow(first));
}

/** Whether an added constant is a bias in a separate node, or an embedding of positions, [1, L, E]. */
function isTrained(x: Flow, { shape, isGiven = false }: Stored): boolean {
  const [batch, ...others] = shape;
  const isEmbedding = isGiven && batch === 1 && others.length === 2 &&
    String(others) === String(x.shape) && others.every((extent) => extent > 1);
  return (x.awaitsBias ?? false) || (isEmbedding && !x.layout);
}

function sub(node: OnnxNode): Flow {
  return binary(node, {
    layer: ({ shape }) => addConstant(shape, { minus: true }),
    junction: minus(),
  });
}

/** Mul: for a normalised value, by a trained scale, which a trained shift may follow. */
function mul(node: OnnxNode): Flow {
  const [x1, x2] = node.inputs;
  const [x, i] = x1?.kind === "flow" ? [x1, 1] : [node.anyFlow(1), 0];
  const trained = x.awaitsScale ?? false;
  const how = { layer: ({ shape }: Stored) => mulConstant(shape, { trained }), junction: times() };
  return x1?.kind === "flow" && x2?.kind === "flow"
    ? join(node, times(), [x1, x2], node.output)
    : { ...withConstant(node, x, node.constant(i), node.output, how), awaitsBias: trained };
}

function div(node: OnnxNode): Flow {
  const made = binary(node, {
    layer: ({ shape }) => mulConstant(shape, { divide: true }),
    junction: over(),
  });
  const [, x2] = node.inputs;
  return { ...made, awaitsScale: x2?.kind === "flow" && (x2.isDeviation ?? false) };
}

/** An operation of two values, as a layer where the second is a constant, and as a junction. */
interface Operation {
  readonly layer: (constant: Stored) => Layer;
  readonly junction: Junction;
}

/** An operation of two values or of a value and a constant, in the file's order. */
function binary(node: OnnxNode, operation: Operation): Flow {
  const [x1, x2] = node.inputs;
  if (x1?.kind !== "flow") {
    const x = node.anyFlow(1);
    const constant = beside(node, node.constant(0), x);
    return join(node, operation.junction, [constant, x], node.output);
  }
  return x2?.kind === "flow"
    ? join(node, operation.junction, [x1, x2], node.output)
    : withConstant(node, x1, node.constant(1), node.output, operation);
}

/** An operation of a value and a constant: a layer, or a junction where the constant makes the value larger. */
function withConstant(
  node: OnnxNode,
  x: Flow,
  given: Stored,
  name: string,
  { layer, junction }: Operation,
): Flow {
  const constant = constantBeside(node, given, x);
  const whole = [1, ...x.shape];
  const fits = constant.shape.length <= whole.length &&
    constant.shape.every((extent, i) =>
      extent === 1 || extent === whole[i - constant.shape.length + whole.length]
    );
  return fits
    ? alike(x, node.layer(layer(constant), x, { value: constant }, name))
    : join(node, junction, [x, beside(node, given, x)], name);
}

/** Arithmetic of two values, and of values and constants. */
export const arithmeticOps: Ops = { Add: add, Sum: sum, Sub: sub, Mul: mul, Div: div };
