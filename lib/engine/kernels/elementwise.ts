import { broadcastShapes, reshape } from "./shapes.ts";
import type { DType, Graph, Value } from "../tracing/graph.ts";
import { registerEmitter } from "../tracing/trace_backend.ts";

type Unary = (graph: Graph, x: Value) => Value;

const unary = (op: string): Unary => (graph, x) => graph.node(op, [x], x);

const unaryKernels: Record<string, Unary> = {
  Abs: unary("Abs"),
  Acos: unary("Acos"),
  Acosh: unary("Acosh"),
  Asin: unary("Asin"),
  Asinh: unary("Asinh"),
  Atan: unary("Atan"),
  Atanh: unary("Atanh"),
  Ceil: unary("Ceil"),
  Cos: unary("Cos"),
  Cosh: unary("Cosh"),
  Elu: unary("Elu"),
  Erf: unary("Erf"),
  Exp: unary("Exp"),
  Expm1: expm1,
  Floor: unary("Floor"),
  IsNan: (graph, x) => graph.node("IsNaN", [x], { shape: x.shape, dtype: "bool" }),
  Log: unary("Log"),
  Log1p: log1p,
  LogicalNot: unary("Not"),
  Neg: unary("Neg"),
  Reciprocal: unary("Reciprocal"),
  Relu: unary("Relu"),
  Relu6: (graph, x) =>
    graph.node("Clip", [x, graph.uniform(0, [], x.dtype), graph.uniform(6, [], x.dtype)], x),
  Round: unary("Round"),
  Rsqrt: (graph, x) => graph.node("Reciprocal", [graph.node("Sqrt", [x], x)], x),
  Selu: unary("Selu"),
  Sigmoid: unary("Sigmoid"),
  Sign: unary("Sign"),
  Sin: unary("Sin"),
  Sinh: unary("Sinh"),
  Softplus: unary("Softplus"),
  Sqrt: unary("Sqrt"),
  Square: (graph, x) => graph.node("Mul", [x, x], x),
  Tan: unary("Tan"),
  Tanh: unary("Tanh"),
  Identity: (_, x) => x,
  ZerosLike: (graph, x) => graph.uniform(0, x.shape, x.dtype),
  OnesLike: (graph, x) => graph.uniform(1, x.shape, x.dtype),
};

/** tanh(x / 2) (e^x + 1): in e^x - 1 a small x would be lost. */
function expm1(graph: Graph, x: Value): Value {
  const [half, one] = [0.5, 1].map((number) => graph.uniform(number, x.shape, x.dtype));
  const tangent = graph.node("Tanh", [graph.node("Mul", [x, half!], x)], x);
  return graph.node("Mul", [tangent, graph.node("Add", [graph.node("Exp", [x], x), one!], x)], x);
}

/** log(u) + (x - (u - 1)) / u with u = 1 + x: what rounding took from x in u comes back. It took nothing from an infinite one. */
function log1p(graph: Graph, x: Value): Value {
  const [zero, one] = [0, 1].map((number) => graph.uniform(number, x.shape, x.dtype));
  const u = graph.node("Add", [x, one!], x);
  const kept = graph.node("Sub", [u, one!], x);
  const lost = graph.node("Div", [graph.node("Sub", [x, kept], x), u], x);
  const isExact = graph.node("Equal", [x, kept], { shape: x.shape, dtype: "bool" });
  const correction = graph.node("Where", [isExact, zero!, lost], x);
  return graph.node("Add", [graph.node("Log", [u], x), correction], x);
}

for (const [kernel, emit] of Object.entries(unaryKernels)) {
  registerEmitter(kernel, ({ graph, inputs, attributes }) => {
    attributes.only();
    return emit(graph, inputs[0]!);
  });
}

/** Adds an elementwise node of two broadcast operands. */
function binary(graph: Graph, op: string, a: Value, b: Value, dtype: DType = a.dtype): Value {
  return graph.node(op, [a, b], { shape: broadcastShapes(a.shape, b.shape), dtype });
}

/** `value` where the broadcast leaves its shape alone, else undefined. */
function unchanged(value: Value, other: Value): Value | undefined {
  return String(broadcastShapes(value.shape, other.shape)) === String(value.shape)
    ? value
    : undefined;
}

/** x + 0 = x: gradients of constants are zeros and should cost nothing. */
function add(graph: Graph, a: Value, b: Value): Value {
  return (b.uniform === 0 && unchanged(a, b)) || (a.uniform === 0 && unchanged(b, a)) ||
    withAddend(graph, a, b) || withAddend(graph, b, a) || binary(graph, "Add", a, b);
}

/** Gemm and Conv add their last operand at no cost: a bias, or a gradient sum so far. */
function withAddend(graph: Graph, product: Value, addend: Value): Value | undefined {
  const node = graph.producer(product);
  if (node?.inputs.length !== 2 || addend.uniform !== undefined || !unchanged(product, addend)) {
    return undefined;
  }
  const third = node.op === "Gemm"
    ? addend
    : node.op === "Conv"
    ? channelBias(graph, product, addend)
    : undefined;
  if (!third) return undefined;
  return graph.node(node.op, [...node.inputs, third], product, node.attributes);
}

/** A [1, C, 1, 1] addend of a convolution as the vector of C that Conv takes. */
function channelBias(graph: Graph, product: Value, addend: Value): Value | undefined {
  const channels = product.shape[1]!;
  return String(addend.shape) === `1,${channels},1,1`
    ? reshape(graph, addend, [channels])
    : undefined;
}

function subtract(graph: Graph, a: Value, b: Value): Value {
  return (b.uniform === 0 && unchanged(a, b)) || binary(graph, "Sub", a, b);
}

/** 1 x = x, and 0 x = 0. */
function multiply(graph: Graph, a: Value, b: Value): Value {
  const shape = broadcastShapes(a.shape, b.shape);
  if (a.uniform === 0 || b.uniform === 0) return graph.uniform(0, shape, a.dtype);
  return (b.uniform === 1 && unchanged(a, b)) || (a.uniform === 1 && unchanged(b, a)) ||
    binary(graph, "Mul", a, b);
}

function divide(graph: Graph, a: Value, b: Value): Value {
  return (b.uniform === 1 && unchanged(a, b)) || binary(graph, "Div", a, b);
}

type Binary = (graph: Graph, a: Value, b: Value) => Value;
const arithmetic = (op: string): Binary => (graph, a, b) => binary(graph, op, a, b);
const comparison = (op: string): Binary => (graph, a, b) => binary(graph, op, a, b, "bool");

const binaryKernels: Record<string, Binary> = {
  Add: add,
  Sub: subtract,
  Multiply: multiply,
  RealDiv: divide,
  Maximum: arithmetic("Max"),
  Minimum: arithmetic("Min"),
  Pow: arithmetic("Pow"),
  SquaredDifference: (graph, a, b) => {
    const difference = subtract(graph, a, b);
    return graph.node("Mul", [difference, difference], difference);
  },
  Equal: comparison("Equal"),
  NotEqual: (graph, a, b) => {
    const equal = binary(graph, "Equal", a, b, "bool");
    return graph.node("Not", [equal], equal);
  },
  Greater: comparison("Greater"),
  GreaterEqual: comparison("GreaterOrEqual"),
  Less: comparison("Less"),
  LessEqual: comparison("LessOrEqual"),
  LogicalAnd: comparison("And"),
  LogicalOr: comparison("Or"),
};

for (const [kernel, emit] of Object.entries(binaryKernels)) {
  registerEmitter(kernel, ({ graph, inputs, attributes }) => {
    attributes.only();
    return emit(graph, inputs[0]!, inputs[1]!);
  });
}

registerEmitter(
  "AddN",
  ({ graph, inputs }) => inputs.reduce((sum, value) => add(graph, sum, value)),
);

/** step(x) = 1 where x > 0, else alpha: the gradient of |x| uses alpha = -1. */
registerEmitter("Step", ({ graph, inputs: [x], attributes }) => {
  attributes.only("alpha");
  const alpha = attributes.has("alpha") ? attributes.number("alpha") : 0;
  const positive = graph.node("Greater", [x!, graph.uniform(0, x!.shape, x!.dtype)], {
    shape: x!.shape,
    dtype: "bool",
  });
  if (alpha === 0) return cast(graph, positive, x!.dtype);
  const [one, other] = [1, alpha].map((number) => graph.uniform(number, x!.shape, x!.dtype));
  return graph.node("Where", [positive, one!, other!], x!);
});

registerEmitter("ClipByValue", ({ graph, inputs: [x], attributes }) => {
  attributes.only("clipValueMin", "clipValueMax");
  const [low, high] = ["clipValueMin", "clipValueMax"].map((name) =>
    graph.uniform(attributes.number(name), [], x!.dtype)
  );
  return graph.node("Clip", [x!, low!, high!], x!);
});

registerEmitter("LeakyRelu", ({ graph, inputs: [x], attributes }) => {
  attributes.only("alpha");
  return graph.node("LeakyRelu", [x!], x!, { alpha: { float: attributes.number("alpha") } });
});

registerEmitter("Prelu", ({ graph, inputs: [x, slopes], attributes }) => {
  attributes.only();
  return graph.node("PRelu", [x!, slopes!], x!);
});

registerEmitter("Softmax", ({ graph, inputs: [logits], attributes }) => {
  attributes.only("dim");
  return graph.node("Softmax", [logits!], logits!, { axis: attributes.number("dim") });
});

registerEmitter("Cast", ({ graph, inputs: [x], attributes }) => {
  attributes.only("dtype");
  return cast(graph, x!, attributes.text("dtype") as DType);
});

/** Adds a cast, unless the value has that type already. */
export function cast(graph: Graph, value: Value, dtype: DType): Value {
  if (value.dtype === dtype) return value;
  if (value.uniform !== undefined) {
    return graph.uniform(castNumber(value.uniform, dtype), value.shape, dtype);
  }
  const to = { float32: 1, int32: 6, int64: 7, bool: 9 }[dtype];
  return graph.node("Cast", [value], { shape: value.shape, dtype }, { to });
}

function castNumber(number: number, dtype: DType): number {
  return dtype === "float32"
    ? number
    : dtype === "bool"
    ? Number(number !== 0)
    : Math.trunc(number);
}
