import type { onnx } from "onnx-proto";
import { excerpt } from "../../engine/excerpt.ts";
import { elementTypes } from "./element_types.ts";
import type { OpenFile } from "./open_file.ts";
import { numberOf } from "./tensor_of.ts";

/** The input of a file's network. */
export interface Input {
  readonly name: string;
  /** The shape of one sample. */
  readonly shape: readonly number[];
  /** The batch that the file is fixed to, if it is. */
  readonly frozenBatch: number | undefined;
}

/**
 * The network's one input.
 *
 * @param given The shape of one sample, for files that leave it open.
 * @throws {UserError} when there are several, or it is not a batch of images or vectors, or its shape is open or differs.
 */
export function inputOf({ graph, fail }: OpenFile, given?: readonly number[]): Input {
  const stored = new Set((graph.initializer ?? []).map(({ name }) => name));
  const inputs = (graph.input ?? []).filter(({ name }) => !stored.has(name));
  const [input, ...others] = inputs;
  if (!input || others.length > 0) {
    throw fail("a network of one input", excerpt(inputs.map(nameOf).join(", ")) || "none");
  }
  const name = nameOf(input);
  const type = elementTypes[input.type?.tensorType?.elemType ?? 0];
  const dims = input.type?.tensorType?.shape?.dim ?? [];
  if (!type?.float || (dims.length !== 4 && dims.length !== 2)) {
    throw fail(
      `floating-point images, [N, C, H, W], or vectors, [N, D], as the input ${excerpt(name)}`,
      `${type?.name ?? "another type"} ${shown(dims)}`,
    );
  }
  const [batch, ...own] = dims.map(({ dimValue }) => numberOf(dimValue));
  const shape = given ?? own;
  if (shape.length !== own.length || own.some((extent, i) => extent > 0 && extent !== shape[i])) {
    throw fail(`an input of shape [N, ${shape.join(", ")}]`, shown(dims));
  }
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
    throw fail("an input of known shape, or the option inputShape", shown(dims));
  }
  return { name, shape, frozenBatch: batch! > 0 ? batch : undefined };
}

/**
 * The output that holds the logits.
 *
 * @param given Its name, for files that have several.
 * @throws {UserError} when there is no such output, or there are several.
 */
export function outputOf({ graph, fail }: OpenFile, given?: string): string {
  const names = (graph.output ?? []).map(nameOf);
  const listed = excerpt(names.join(", ")) || "none";
  if (given !== undefined) {
    if (names.includes(given)) return given;
    throw fail(`an output called ${given}`, listed);
  }
  if (names.length === 1) return names[0]!;
  throw fail("one output, or the option output to name one", listed);
}

function nameOf({ name }: onnx.IValueInfoProto): string {
  return name ?? "";
}

function shown(dims: readonly onnx.TensorShapeProto.IDimension[]): string {
  const extents = dims.map(({ dimParam, dimValue }) =>
    dimParam || String(numberOf(dimValue) || "?")
  );
  return excerpt(`[${extents.join(", ")}]`);
}
