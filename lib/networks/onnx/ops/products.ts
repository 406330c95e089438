import { addConstant } from "../../../layers/constants/add_constant.ts";
import { mulConstant } from "../../../layers/constants/mul_constant.ts";
import { dense } from "../../../layers/dense.ts";
import type { OnnxNode } from "../onnx_node.ts";
import type { Ops } from "../ops.ts";
import type { Flow, Stored } from "../values.ts";

/** The vectors that a product reads. */
function vectorsOf(node: OnnxNode): Flow {
  const x = node.flow(0);
  if (node.inputs[1]?.kind === "flow") {
    return node.refuse("expected a product with a tensor of the file, got one of two values");
  }
  if (x.shape.length === 1) return x;
  return node.refuse(
    `expected vectors, [N, D], got [N, ${x.shape.join(", ")}]: a Flatten before it would do`,
  );
}

/** Gemm, alpha x W + beta c: trained weight and bias. */
function gemm(node: OnnxNode): Flow {
  const x = vectorsOf(node);
  const [alpha, beta] = [node.float("alpha", 1), node.float("beta", 1)];
  if (node.int("transA", 0)) return node.refuse("transA exchanges the samples and their numbers");
  const transposed = node.int("transB", 0) === 0;
  const weight = node.stored(1);
  const bias = beta === 0 ? undefined : node.storedIfGiven(2);
  const outputs = weight.shape[transposed ? 1 : 0] ?? 0;
  if (alpha === 1 && beta === 1 && (!bias || String(bias.shape) === String([outputs]))) {
    const layer = dense(outputs, { transposed, bias: Boolean(bias) });
    return { ...node.layer(layer, x, { weight, bias }), awaitsBias: !bias };
  }
  // beta (alpha / beta x W + c): the bias stays the file's.
  const name = (what: string) => `${node.output}.${what}`;
  const product = node.layer(
    dense(outputs, { transposed, bias: false }),
    x,
    { weight },
    name("product"),
  );
  if (!bias) return scaled(node, product, alpha, node.output);
  const relative = scaled(node, product, alpha / beta, name("scaled"));
  const layer = addConstant(bias.shape, { trained: true });
  const sum = node.layer(layer, relative, { value: bias }, name("sum"));
  return scaled(node, sum, beta, node.output);
}

function scaled(node: OnnxNode, x: Flow, factor: number, name: string): Flow {
  const value: Stored = {
    kind: "stored",
    name: `${name} factor`,
    shape: [],
    data: Float32Array.of(factor),
  };
  return node.layer(mulConstant([]), x, { value }, name);
}

/** MatMul: a trained weight. A constant that is added to it is a trained bias. */
function matMul(node: OnnxNode): Flow {
  const x = vectorsOf(node);
  const weight = node.stored(1);
  const layer = dense(weight.shape[1] ?? 0, { transposed: true, bias: false });
  return { ...node.layer(layer, x, { weight }), awaitsBias: true };
}

/** Products with trained weights. */
export const productOps: Ops = { Gemm: gemm, MatMul: matMul };
