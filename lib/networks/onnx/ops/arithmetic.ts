import { addConstant } from "../../../layers/constants/add_constant.ts";
import { constantValue } from "../../../layers/constants/constant_value.ts";
import { mulConstant } from "../../../layers/constants/mul_constant.ts";
import { add as plus } from "../../../layers/junctions/add.ts";
import { div as over } from "../../../layers/junctions/div.ts";
import type { Junction } from "../../../layers/junctions/junction.ts";
import { mul as times } from "../../../layers/junctions/mul.ts";
import { sub as minus } from "../../../layers/junctions/sub.ts";
import type { Layer } from "../../../layers/layer.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "../ops.ts";
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
      ? join(node, plus(), [sum, node.flow(i)], name)
      : withConstant(node, sum, node.constant(i), name, {
        // A bias that is written as a node of its own.
        layer: ({ shape }) => addConstant(shape, { trained: sum.awaitsBias ?? false }),
        junction: plus(),
      });
  }, node.flow(first));
}

function sub(node: OnnxNode): Flow {
  return binary(node, {
    layer: ({ shape }) => addConstant(shape, { minus: true }),
    junction: minus(),
  });
}

function mul(node: OnnxNode): Flow {
  const how = { layer: ({ shape }: Stored) => mulConstant(shape), junction: times() };
  const [x1, x2] = node.inputs;
  return x1?.kind === "flow" || x2?.kind !== "flow"
    ? binary(node, how)
    : withConstant(node, x2, node.constant(0), node.output, how);
}

function div(node: OnnxNode): Flow {
  return binary(node, {
    layer: ({ shape }) => mulConstant(shape, { divide: true }),
    junction: over(),
  });
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
    const x = node.flow(1);
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
  constant: Stored,
  name: string,
  { layer, junction }: Operation,
): Flow {
  const whole = [1, ...x.shape];
  const fits = constant.shape.length <= whole.length &&
    constant.shape.every((extent, i) =>
      extent === 1 || extent === whole[i - constant.shape.length + whole.length]
    );
  return fits
    ? node.layer(layer(constant), x, { value: constant }, name)
    : join(node, junction, [x, beside(node, constant, x)], name);
}

/** A constant as a value of its own, with as many axes as another value. */
function beside(node: OnnxNode, constant: Stored, x: Flow): Flow {
  const { name, shape } = constant;
  const [batch = 1, ...sample] = [
    ...Array.from({ length: x.shape.length + 1 - shape.length }, () => 1),
    ...shape,
  ];
  if (batch !== 1 || sample.length !== x.shape.length) {
    node.refuse(
      `expected a constant that is the same for every sample, got ${name} of shape [${shape}] beside [N, ${
        x.shape.join(", ")
      }]`,
    );
  }
  const layer = constantValue(shape, {}, sample);
  return node.layer(layer, x, { value: constant }, `${node.output}.${name}`);
}

function join(node: OnnxNode, junction: Junction, [x1, x2]: [Flow, Flow], name: string): Flow {
  if (x1.shape.length !== x2.shape.length) {
    node.refuse(
      `expected values with as many axes, got [N, ${x1.shape.join(", ")}] and [N, ${
        x2.shape.join(", ")
      }]: samples would meet other samples`,
    );
  }
  return node.layer(junction, [x1, x2], {}, name);
}

/** Arithmetic of two values, and of values and constants. */
export const arithmeticOps: Ops = { Add: add, Sum: sum, Sub: sub, Mul: mul, Div: div };
