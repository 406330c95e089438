import { floatTypes } from "../data/float_types.ts";
import type { StoredTensor } from "../data/safetensors_file.ts";
import { excerpt } from "../engine/excerpt.ts";
import { firstNotFinite } from "../engine/finite.ts";
import type { NDArray } from "../engine/nd_array.ts";
import { UserError } from "../engine/user_error.ts";
import { isPart, leftOver, mapping, type NameMap, prefixesOf, renamed } from "./tensor_names.ts";
import { checkWeights, listNames } from "./check_weights.ts";
import type { Weights } from "./weights.ts";

/** How tensors from elsewhere become a network's weights. */
export interface ReadWeightsOptions {
  /** A map from the file's names to the network's, of tensors or of modules: { linear1: "fc1" }; none unless given. */
  readonly rename?: NameMap;
  /** Parameters that the file may lack, such as the constants of an ONNX file, with their values; none unless given. */
  readonly constants?: Weights;
  /**
   * Called with each difference from the file, such as numbers that were converted or tensors that were left out; nothing is said
   * unless given.
   */
  readonly onNote?: (note: string) => void;
}

/** The extents of parameters, by name. */
type Shapes = Readonly<Record<string, readonly number[]>>;
/** Tensors by the names that they have for the network. */
type Named = Readonly<Record<string, StoredTensor>>;
/** Makes the error for one thing wrong with one file. */
type Fail = (expected: string, came: string) => UserError;

/**
 * Makes a network's weights of a file's tensors. Names are mapped, and what stands before all of them, such as `module.`, is left
 * out; so are tensors that no layer has. float16, bfloat16 and float64 become float32.
 *
 * @param path Where the tensors came from, for messages.
 * @throws {UserError} when a parameter is missing, not of floating-point numbers, not finite in float32 or of another shape, or a layer has a tensor that the network lacks.
 */
export function fitWeights(
  tensors: readonly StoredTensor[],
  parameters: Shapes,
  path: string,
  { rename = {}, constants = {}, onNote = () => {} }: ReadWeightsOptions = {},
): Weights {
  const fail: Fail = (expected, came) =>
    new UserError(`reading ${path}: expected ${expected}, got ${came}`);
  const named = mapped(tensors, rename, { fail, onNote });
  const needed = Object.fromEntries(
    Object.entries(parameters).filter(([name]) => !Object.hasOwn(constants, name)),
  );
  const prefix = prefixIn(named, needed, fail);
  if (prefix) onNote(`names begin with ${excerpt(prefix)}, which is left out`);
  const extra = leftOver(Object.keys(named), Object.keys(parameters), prefix);
  const part = extra.find(isPart);
  if (part !== undefined) {
    throw fail(`only ${listNames(parameters)}`, `a tensor ${excerpt(part)} too`);
  }
  if (extra.length > 0) {
    onNote(`${counted(extra.length)} that the network lacks, left out: ${listed(extra)}`);
  }
  const own = Object.keys(parameters).filter((name) => Object.hasOwn(named, prefix + name));
  const kept = Object.keys(constants).filter((name) => !own.includes(name));
  if (kept.length > 0) {
    onNote(`${counted(kept.length)} missing, so constants stay: ${listed(kept)}`);
  }
  const weights = own.map((name) => [name, floatsOf(name, named[prefix + name]!, fail)] as const);
  tellConversions(own.map((name) => named[prefix + name]!), onNote);
  return checkWeights({ ...constants, ...Object.fromEntries(weights) }, parameters, path);
}

/** Tensors under the names that a map gives them. */
function mapped(
  tensors: readonly StoredTensor[],
  rename: NameMap,
  { fail, onNote }: { readonly fail: Fail; readonly onNote: (note: string) => void },
): Named {
  const named = new Map<string, StoredTensor>();
  const unused = new Set(Object.keys(rename));
  for (const tensor of tensors) {
    const { name, key } = renamed(tensor.name, rename);
    if (key !== undefined) unused.delete(key);
    const other = named.get(name);
    if (other) {
      const both = [other, tensor].map((one) => excerpt(one.name)).join(" and ");
      throw fail("names that differ once they are mapped", `${excerpt(name)} of both ${both}`);
    }
    named.set(name, tensor);
  }
  if (unused.size > 0) onNote(`no tensor or module has the name ${listed([...unused])}`);
  return Object.fromEntries(named);
}

/** What stands before every parameter's name. */
function prefixIn(named: Named, parameters: Shapes, fail: Fail): string {
  const names = Object.keys(named);
  const { whole: [prefix, ...others], best } = prefixesOf(names, Object.keys(parameters));
  if (others.length > 0) {
    const all = [prefix!, ...others].map(excerpt).join(", ");
    throw fail("every parameter once", `all of them after each of ${all}`);
  }
  if (prefix !== undefined) return prefix;
  const missing = Object.keys(parameters).find((name) => !Object.hasOwn(named, best + name))!;
  const shape = parameters[missing]!;
  const expected = `a tensor ${excerpt(best + missing)} of shape [${shape.join(", ")}]`;
  const near = leftOver(names, Object.keys(parameters), best)
    .filter((name) => `${named[name]!.shape}` === `${shape}`);
  if (near.length === 0) throw fail(expected, listNames(named));
  throw fail(
    expected,
    `${listed(near)} of that shape; a map of names helps, --rename ${
      mapping(near[0]!, best + missing)
    }`,
  );
}

/** A tensor's numbers as float32. */
function floatsOf(name: string, { type, shape, bytes }: StoredTensor, fail: Fail): NDArray {
  if (!isFloat(type)) {
    throw fail(
      `floating-point numbers in ${excerpt(name)} (${Object.keys(floatTypes).join(", ")})`,
      type,
    );
  }
  const numbers = floatTypes[type](new Uint8Array(bytes).buffer); // A copy: a file need not align numbers.
  const data = numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
  const at = firstNotFinite(data);
  if (at < 0) return { shape, data };
  const limit = Number.isFinite(numbers[at]) ? " of 32 bits, at most 3.4e38" : "";
  throw fail(`weights of finite numbers${limit}`, `${numbers[at]} in ${excerpt(name)}`);
}

function isFloat(type: string): type is keyof typeof floatTypes {
  return Object.hasOwn(floatTypes, type);
}

/** Says which tensors were not float32. */
function tellConversions(tensors: readonly StoredTensor[], onNote: (note: string) => void): void {
  for (const [type, of] of Map.groupBy(tensors, ({ type }) => type)) {
    if (type === "F32") continue;
    const how = type === "F64"
      ? "rounded to float32, which keeps about 7 of their 16 digits"
      : "converted to float32, which changes no number";
    onNote(`${counted(of.length)} of type ${type} ${how}`);
  }
}

function counted(count: number): string {
  return count === 1 ? "1 tensor" : `${count} tensors`;
}

/** The first names of a list, for a message. */
function listed(names: readonly string[]): string {
  return listNames(Object.fromEntries(names.map((name) => [name, 0])));
}
