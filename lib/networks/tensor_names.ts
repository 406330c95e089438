import { excerpt } from "../engine/excerpt.ts";

/**
 * A map from a file's names to a network's. A name stands for a tensor, or for a module, that is, for what comes before a dot:
 * `{ linear1: "fc1" }` makes `fc1.weight` of `linear1.weight`. With an empty value the module's name goes: `{ student: "" }`.
 */
export type NameMap = Readonly<Record<string, string>>;

/** A name as a map has it; the longest name that fits counts. The key that was used is undefined where none was. */
export function renamed(name: string, map: NameMap): { name: string; key?: string } {
  const key = Object.keys(map)
    .filter((key) => name.startsWith(`${key}.`) || (name === key && map[key] !== ""))
    .sort((a, b) => b.length - a.length)[0];
  if (key === undefined) return { name };
  const rest = name.slice(key.length);
  return { name: map[key] ? map[key] + rest : rest.slice(1), key };
}

/**
 * What stands before every parameter's name in a file, such as `module.`.
 *
 * @param names The file's names.
 * @param parameters The network's.
 * @returns The prefixes of which the file has every parameter, the empty one alone if it is among them; and of which it has most.
 */
export function prefixesOf(
  names: readonly string[],
  parameters: readonly string[],
): { readonly whole: readonly string[]; readonly best: string } {
  const wanted = new Set(parameters);
  const longest = Math.max(0, ...parameters.map(({ length }) => length));
  const counts = new Map([["", 0]]);
  for (const name of names) {
    for (const prefix of prefixesIn(name, longest)) {
      if (wanted.has(name.slice(prefix.length))) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  const [[best] = [""]] = [...counts].sort(([, a], [, b]) => b - a);
  const whole = [...counts.keys()].filter((prefix) => counts.get(prefix) === wanted.size);
  return { whole: whole.includes("") ? [""] : whole, best };
}

/** What may be a prefix of a name: nothing, and what ends with a dot; no more than `longest` characters come after it. */
function prefixesIn(name: string, longest: number): string[] {
  const prefixes = name.length <= longest ? [""] : [];
  let dot = name.indexOf(".", name.length - longest - 1);
  for (; dot >= 0; dot = name.indexOf(".", dot + 1)) prefixes.push(name.slice(0, dot + 1));
  return prefixes;
}

/** The file's names that are not a prefix and a parameter's name. */
export function leftOver(
  names: readonly string[],
  parameters: readonly string[],
  prefix: string,
): string[] {
  const own = new Set(parameters.map((name) => prefix + name));
  return names.filter((name) => !own.has(name));
}

/** Whether a tensor's name ends as the parameters of a layer do: without such a tensor the layer computes something else. */
export function isPart(name: string): boolean {
  return /(^|[._])(weight|bias|running_mean|running_var)$/.test(name);
}

/** The map that makes one name of another, without the last parts that they share: `linear1=fc1`. */
export function mapping(from: string, to: string): string {
  const [own, wanted] = [from.split("."), to.split(".")];
  while (own.length > 1 && wanted.length > 1 && own.at(-1) === wanted.at(-1)) {
    own.pop();
    wanted.pop();
  }
  return excerpt(`${own.join(".")}=${wanted.join(".")}`);
}
