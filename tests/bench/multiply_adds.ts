import { compile } from "../../lib/engine/compile.ts";
import { type GraphNode, liveNodes } from "../../lib/engine/tracing/graph.ts";
import { size } from "../../lib/engine/nd_array.ts";
import { useTraceBackend } from "../../lib/engine/tracing/trace_backend.ts";
import type { Network } from "../../lib/networks/network.ts";

/**
 * Multiply-adds of one sample's forward pass, counted on its graph: a weight is used once, a filter's once for every pixel of its
 * output. What has no weights (pools, normalisations) does not count.
 */
export function multiplyAdds({ parameters, inputShape, forward }: Network): number {
  let nodes: GraphNode[] = [];
  compile((inputs) => {
    const { output } = forward(inputs, inputs.x!);
    const backend = useTraceBackend();
    nodes = liveNodes(backend.graph, [backend.value(output.dataId).id]);
    return { logits: output };
  }, { ...parameters, x: [1, ...inputShape] });
  return nodes.reduce((sum, { op, inputs: [, weight], outputs: [output] }) => {
    if (!["Conv", "Gemm"].includes(op) || !(weight!.id in parameters)) return sum;
    // The first extent is that of the output's channels or units.
    return sum + size(output!.shape) * size(weight!.shape) / weight!.shape[0]!;
  }, 0);
}
