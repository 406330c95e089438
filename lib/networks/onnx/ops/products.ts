import { addConstant } from "../../../layers/constants/add_constant.ts";
import { mulConstant } from "../../../layers/constants/mul_constant.ts";
import { dense, type DenseOptions } from "../../../layers/dense.ts";
import { einsum as einsteinSum } from "../../../layers/junctions/einsum.ts";
import { matMul as product } from "../../../layers/junctions/mat_mul.ts";
import { beside, join } from "../junctions.ts";
import { alike, spelledShape } from "../layout.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "./op.ts";
import { fileShape, type Flow, layoutOf, type Stored } from "../values.ts";

/** A layer of vectors, along the last axis where there are more axes. */
function ofVectors(node: OnnxNode, x: Flow, outputs: number, options: DenseOptions) {
  const [last] = layoutOf(x).at(-1)!;
  if (last !== x.shape.length) {
    node.refuse(
      `it works along the batch: expected it before the last axis of ${spelledShape(fileShape(x))}`,
    );
  }
  return dense(outputs, { ...options, alongLast: x.shape.length > 1 });
}

/** Gemm, alpha x W + beta c: trained weight and bias. */
function gemm(node: OnnxNode): Flow {
  const x = node.anyFlow(0);
  if (layoutOf(x).length !== 2) {
    node.refuse(`expected vectors, [N, D], got ${spelledShape(fileShape(x))}`);
  }
  const [alpha, beta] = [node.float("alpha", 1), node.float("beta", 1)];
  if (node.int("transA", 0)) return node.refuse("transA exchanges the samples and their numbers");
  const transposed = node.int("transB", 0) === 0;
  const weight = node.stored(1);
  const bias = beta === 0 ? undefined : node.storedIfGiven(2);
  const outputs = weight.shape[transposed ? 1 : 0] ?? 0;
  if (alpha === 1 && beta === 1 && (!bias || String(bias.shape) === String([outputs]))) {
    const layer = ofVectors(node, x, outputs, { transposed, bias: Boolean(bias) });
    return { ...alike(x, node.layer(layer, x, { weight, bias })), awaitsBias: !bias };
  }
  // beta (alpha / beta x W + c): the bias stays the file's.
  const name = (what: string) => `${node.output}.${what}`;
  const layer = ofVectors(node, x, outputs, { transposed, bias: false });
  const product = alike(x, node.layer(layer, x, { weight }, name("product")));
  if (!bias) return scaled(node, product, alpha, node.output);
  const relative = scaled(node, product, alpha / beta, name("scaled"));
  const shift = addConstant(bias.shape, { trained: true });
  const sum = alike(x, node.layer(shift, relative, { value: bias }, name("sum")));
  return scaled(node, sum, beta, node.output);
}

function scaled(node: OnnxNode, x: Flow, factor: number, name: string): Flow {
  const value: Stored = {
    kind: "stored",
    name: `${name} factor`,
    shape: [],
    data: Float32Array.of(factor),
  };
  return alike(x, node.layer(mulConstant([]), x, { value }, name));
}

/** MatMul: of a value and a trained weight, after which an added constant is trained too; or of two values, as in attention. */
function matMul(node: OnnxNode): Flow {
  const [x1, x2] = node.inputs;
  if (x1?.kind === "flow" && x2?.kind === "stored" && x2.shape.length === 2) {
    const layer = ofVectors(node, x1, x2.shape[1]!, { transposed: true, bias: false });
    return { ...alike(x1, node.layer(layer, x1, { weight: x2 })), awaitsBias: true };
  }
  const values = x1?.kind === "flow"
    ? [x1, x2?.kind === "flow" ? x2 : beside(node, node.constant(1), x1)]
    : [beside(node, node.constant(0), node.anyFlow(1)), node.anyFlow(1)];
  const [first] = values as [Flow];
  if (layoutOf(first).slice(-2).some((axes) => axes.includes(0))) {
    node.refuse(`it works along the batch of ${spelledShape(fileShape(first))}`);
  }
  return join(node, product(), values, node.output);
}

/** Einsum of two values. */
function einsum(node: OnnxNode): Flow {
  const values = node.inputs.map((_, i) => node.flow(i));
  return node.layer(einsteinSum(node.text("equation", "")), values);
}

/** Products with trained weights, and of values. */
export const productOps: Ops = { Gemm: gemm, MatMul: matMul, Einsum: einsum };
