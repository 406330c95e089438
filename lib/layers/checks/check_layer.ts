import { isWhole, optionCheck } from "../../engine/option_check.ts";
import { UserError } from "../../engine/user_error.ts";
import type { Description } from "../layer.ts";
import { spelled } from "./check_options.ts";

/**
 * Refuses what is no layer and no junction.
 *
 * @param doing What is being done, for the message.
 * @param name What must be one, for the message.
 * @throws {UserError} when one of a layer's functions is missing.
 */
export function checkLayer(doing: string, name: string, layer: unknown): void {
  const parts = ["describe", "forward", "reverse", "linearize"];
  const isLayer = parts.every((part) => typeof Object(layer)[part] === "function");
  const came = typeof layer === "function" ? "a function, which must be called" : spelled(layer);
  optionCheck(doing)(isLayer, `${name} to be a layer`, came);
}

/**
 * Describes a node of a graph.
 *
 * @param from What the node reads.
 * @throws {UserError} when it cannot be described or its shapes are none, as where a layer takes a junction's place.
 */
export function describedNode(
  name: string,
  from: string | readonly string[],
  describe: () => Description,
): Description {
  const wanted = typeof from === "string"
    ? "a layer, since it reads one value and no list"
    : "a junction, since it reads a list of values";
  const fail = (came: string, cause?: unknown) =>
    new UserError(`building a graph: expected ${name} to be ${wanted}, got ${came}`, 2, { cause });
  try {
    const description = describe();
    const { outputShape, parameters = {} } = description;
    const shapes = [outputShape, ...Object.values(parameters).map(({ shape }) => shape)];
    const wrong = shapes.find((shape) => !shape.every((extent) => isWhole(extent, 0)));
    if (wrong) throw fail(`one with the shape ${spelled(wrong)}`);
    return description;
  } catch (error) {
    throw error instanceof TypeError ? fail(`one with the error ${error.message}`, error) : error;
  }
}
