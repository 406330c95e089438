import { excerpt } from "../../engine/excerpt.ts";
import { activationOps } from "./ops/activations.ts";
import { arithmeticOps } from "./ops/arithmetic.ts";
import { arrangementOps } from "./ops/arrangement.ts";
import { convolutionOps } from "./ops/convolution.ts";
import { functionOps } from "./ops/functions.ts";
import { normalizationOps } from "./ops/normalization.ts";
import type { Ops } from "./ops/op.ts";
import { partOps } from "./ops/parts.ts";
import { passingOps } from "./ops/passing.ts";
import { poolingOps } from "./ops/pooling.ts";
import { productOps } from "./ops/products.ts";
import { reductionOps } from "./ops/reductions.ts";
import { selectionOps } from "./ops/selection.ts";
import { shapeOps } from "./ops/shapes.ts";
import { softmaxOps } from "./ops/softmax.ts";

/** All operators on values that depend on the input. */
export const ops: Ops = {
  ...convolutionOps,
  ...productOps,
  ...activationOps,
  ...softmaxOps,
  ...functionOps,
  ...selectionOps,
  ...arithmeticOps,
  ...poolingOps,
  ...reductionOps,
  ...normalizationOps,
  ...shapeOps,
  ...arrangementOps,
  ...partOps,
  ...passingOps,
};

/** Alternatives to operators that have no layer. */
const advice: readonly (readonly [ops: RegExp, advice: string])[] = [
  [/^Arg(Max|Min)$|^TopK$/, "export the network up to its logits"],
  [/quant|Integer$/i, "export the model before it is quantised"],
  [/^(If|Loop|Scan)$/, "export it for one shape of input, without branches"],
  [/^(LSTM|GRU|RNN)$/, "recurrent networks are not read"],
  [/^(Resize|Upsample)$/, "give it images of the size that its layers take"],
  [/\./, "only the standard operators are read: export without optimisations for one runtime"],
];

/** Whether an operator is one that nothing is made of, whatever its inputs are. */
export function isKnownMisfit(op: string): boolean {
  return adviceOn(op) !== undefined;
}

function adviceOn(op: string): string | undefined {
  return advice.find(([pattern]) => pattern.test(op))?.[1];
}

/** Why an operator cannot be taken, and what would do. */
export function noLayer(op: string): string {
  const words = adviceOn(op);
  return `there is no layer for ${excerpt(op)}; ${
    words ?? "lib/README.md lists the operators that are read"
  }`;
}
