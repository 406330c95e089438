import { constantValue } from "../../layers/constants/constant_value.ts";
import type { Junction } from "../../layers/junctions/junction.ts";
import { alike, areAlike, spelledShape } from "./layout.ts";
import { constantBeside } from "./constant_beside.ts";
import type { OnnxNode } from "./onnx_node.ts";
import { fileShape, type Flow, layoutOf, type Stored } from "./values.ts";

/** A junction of values with the same layout and the same number of axes in the file. */
export function join(
  node: OnnxNode,
  junction: Junction,
  values: readonly Flow[],
  name: string,
): Flow {
  const [first, ...others] = values as [Flow, ...Flow[]];
  const shapes = values.map((x) => spelledShape(fileShape(x)));
  if (others.some((x) => layoutOf(x).length !== layoutOf(first).length)) {
    node.refuse(
      `expected values with as many axes, got ${
        shapes.join(" and ")
      }: samples would meet other samples`,
    );
  }
  if (!others.every((x) => areAlike(first, x))) {
    node.refuse(`expected values with the batch along the same axis, got ${shapes.join(" and ")}`);
  }
  return alike(first, node.layer(junction, values, {}, name));
}

/** A constant as a separate value, with as many axes as another value; a buffer unless it is trained. */
export function beside(node: OnnxNode, given: Stored, x: Flow, trained = false): Flow {
  const constant = constantBeside(node, given, x);
  const { name, shape } = constant;
  const [batch = 1, ...sample] = [
    ...Array.from({ length: x.shape.length + 1 - shape.length }, () => 1),
    ...shape,
  ];
  if (batch !== 1 || sample.length !== x.shape.length) {
    node.refuse(
      `expected a constant that is the same for every sample, got ${name} of shape [${shape}] beside ${
        spelledShape(fileShape(x))
      }`,
    );
  }
  const layer = constantValue(shape, { trained }, sample);
  return alike(x, node.layer(layer, x, { value: constant }, `${node.output}.${name}`));
}
