import { UserError } from "../engine/user_error.ts";

/** Where a graph begins and ends. */
export interface Ends {
  /** The name of the graph's own input. */
  readonly input: string;
  /** The node whose output is the graph's. */
  readonly output: string;
}

/**
 * The nodes of a graph, each after the nodes that it reads.
 *
 * @param sources What every node reads: other nodes or the graph's input.
 * @throws {UserError} when a node reads nothing, itself or an unknown name, is not used, or has
 * the input's name.
 */
export function topologicalOrder(
  sources: ReadonlyMap<string, readonly string[]>,
  { input, output }: Ends,
): string[] {
  const fail = (expected: string, came: string) =>
    new UserError(`building a graph: expected ${expected}, got ${came}`);
  if (sources.has(input)) {
    throw fail(
      `no node called "${input}", as the graph's input is`,
      [...sources.keys()].join(", "),
    );
  }
  const ordered = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (name === input || ordered.has(name)) return;
    const from = sources.get(name);
    const reader = path.at(-1);
    if (!from) {
      const known = [input, ...sources.keys()].join(", ");
      throw fail(
        `${reader ? `"${reader}" to read` : "its output to be"} one of ${known}`,
        `"${name}"`,
      );
    }
    if (path.includes(name)) {
      const cycle = [...path.slice(path.indexOf(name)), name];
      throw fail("no cycles", cycle.toReversed().join(" -> "));
    }
    if (from.length === 0) throw fail(`"${name}" to read an input`, "none");
    for (const source of from) visit(source, [...path, name]);
    ordered.add(name);
  };
  visit(output, []);
  const unused = [...sources.keys()].filter((name) => !ordered.has(name));
  if (unused.length > 0) {
    throw fail(`every node to lead to the output "${output}"`, `${unused.join(", ")} besides`);
  }
  return [...ordered];
}
