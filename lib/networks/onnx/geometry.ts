import { type Extents, type Sides, spanned } from "../../engine/primitives/convolution.ts";
import type { OnnxNode } from "./onnx_node.ts";
import type { Flow } from "./values.ts";

/** The geometry of windows on an image. */
export interface Sliding {
  readonly window: Extents;
  readonly stride: Extents;
  readonly dilation: Extents;
  /** The padding, enlarged at the end where the shape is rounded up. */
  readonly pad: Sides;
  /** The padding that the file asks for. */
  readonly asked: Sides;
}

/** The node's first input, an image. */
export function imageOf(node: OnnxNode): Flow {
  const x = node.flow(0);
  if (x.shape.length === 3) return x;
  return node.refuse(`expected images, [N, C, H, W], got [N, ${x.shape.join(", ")}]`);
}

/**
 * Reads the windows of a convolution or a pooling.
 *
 * @param kernel Height and width, where the file does not say them.
 */
export function slidingOf(
  node: OnnxNode,
  [, height = 0, width = 0]: readonly number[],
  kernel: readonly number[] = [],
): Sliding {
  const window = pair(node, "kernel_shape", kernel);
  const stride = pair(node, "strides", [1, 1]);
  const dilation = pair(node, "dilations", [1, 1]);
  const [image, span] = [[height, width], spanned(window, dilation)] as const;
  const asked = padsOf(node, image as Extents, span, stride);
  const roundUp = node.int("ceil_mode", 0) !== 0;
  const pad = roundUp ? roundedUp(image as Extents, span, stride, asked) : asked;
  return { window, stride, dilation, pad, asked };
}

function pair(node: OnnxNode, name: string, fallback: readonly number[]): Extents {
  const [height, width, ...more] = node.ints(name) ?? fallback;
  if (height && width && height > 0 && width > 0 && more.length === 0) return [height, width];
  return node.refuse(
    `expected two numbers from 1 as ${name}, got [${node.ints(name) ?? fallback}]`,
  );
}

/** The file's padding: numbers, or automatic padding by the strides. */
function padsOf(node: OnnxNode, image: Extents, span: Extents, stride: Extents): Sides {
  const pads = node.ints("pads") ?? [0, 0, 0, 0];
  const auto = node.text("auto_pad", "NOTSET");
  if (auto === "NOTSET") {
    if (pads.length === 4 && pads.every((pad) => pad >= 0)) return pads as unknown as Sides;
    return node.refuse(`expected four numbers from 0 as pads, got [${pads}]`);
  }
  if (auto === "VALID") return [0, 0, 0, 0];
  if (auto !== "SAME_UPPER" && auto !== "SAME_LOWER") {
    return node.refuse(`expected NOTSET, VALID, SAME_UPPER or SAME_LOWER as auto_pad, got ${auto}`);
  }
  const along = (axis: 0 | 1) => {
    const count = Math.ceil(image[axis] / stride[axis]);
    const total = Math.max((count - 1) * stride[axis] + span[axis] - image[axis], 0);
    const [less, more] = [Math.floor(total / 2), Math.ceil(total / 2)];
    return auto === "SAME_UPPER" ? [less, more] as const : [more, less] as const;
  };
  const [[top, bottom], [left, right]] = [along(0), along(1)];
  return [top, left, bottom, right];
}

/** More padding at the end to complete the last window, which begins in the image or in the padding before it. */
function roundedUp(
  image: Extents,
  span: Extents,
  stride: Extents,
  [top, left, bottom, right]: Sides,
): Sides {
  const end = (axis: 0 | 1, before: number, after: number) => {
    const begun = image[axis] + before;
    const windows = Math.ceil((begun + after - span[axis]) / stride[axis]) + 1;
    const last = (windows - 1) * stride[axis] >= begun ? windows - 2 : windows - 1;
    return Math.max(after, last * stride[axis] + span[axis] - begun);
  };
  return [top, left, end(0, top, bottom), end(1, left, right)];
}
