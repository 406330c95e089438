import { parseArgs } from "node:util";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";

/** The flags that a command knows: those that take a value, and those that do not. */
export interface Flags {
  /** Names of flags that take a value. */
  readonly values: readonly string[];
  /** Names of flags that do not. */
  readonly switches: readonly string[];
  /** Names among `values` whose value may be empty or begin with `--`: the options of another program. None unless given. */
  readonly passedOn?: readonly string[];
}

/** What was given: flags by name, and words that belong to no flag. */
export interface Given {
  /** The values of the flags that were given. */
  readonly values: Readonly<Record<string, string>>;
  /** Whether each switch was given. */
  readonly switches: Readonly<Record<string, boolean>>;
  /** The rest, in order. */
  readonly words: readonly string[];
}

/** What is used of @std/cli. */
export interface StdCli {
  /** Parses arguments into flags by name and words. */
  parseArgs(
    args: readonly string[],
    options: object,
  ): Record<string, unknown> & { _: (string | number)[] };
}

/**
 * Parses a command's arguments with JSR's @std/cli, or with node:util where that module cannot be loaded. `deno install`
 * fetches it; the tasks do not. Either way the same arguments give the same result.
 *
 * @param load Loads @std/cli; tests replace it.
 * @throws {UserError} (exit code 2) for an unknown or repeated flag, a flag without its value or a value for a switch.
 */
export async function parseCommand(
  args: readonly string[],
  flags: Flags,
  load: () => Promise<StdCli | undefined> = loadStdCli,
): Promise<Given> {
  const given = checkedArgs(args, flags);
  const std = await load();
  return std ? withStd(std, given, flags) : given;
}

/** Parses with node:util, which gives the position of each argument, so that messages can quote a mistake. */
function checkedArgs(args: readonly string[], flags: Flags): Given {
  const { values, switches } = flags;
  const options = {
    ...pick(values, () => ({ type: "string" as const })),
    ...pick(switches, () => ({ type: "boolean" as const })),
  };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  const given = new Map<string, string>();
  const words: string[] = [];
  for (const token of tokens) {
    const written = args[token.index]!;
    if (!written.startsWith("-")) {
      words.push(written);
      continue;
    }
    const [flag = ""] = written.split("=");
    const name = flag.replace(/^--?/, "");
    if (given.has(name)) {
      throw usage(`expected --${name} once, got it again; commas separate several values`);
    }
    const isKnown = token.kind === "option" && token.rawName === `--${name}`;
    if (!isKnown || !Object.hasOwn(options, name)) {
      throw unknownFlag(flag, [...values, ...switches]);
    }
    checkValue(token, flags, written);
    given.set(name, token.value ?? "");
  }
  return {
    values: pick(values, (name) => given.get(name)),
    switches: pick(switches, (name) => given.has(name)),
    words,
  };
}

/** Throws when a switch has a value, or another flag has none. */
function checkValue(
  { name, value }: { readonly name: string; readonly value?: string | undefined },
  { values, switches, passedOn = [] }: Flags,
  written: string,
): void {
  const isSwitch = switches.includes(name);
  if (isSwitch && value !== undefined) {
    throw usage(`expected --${name} without a value, got ${excerpt(written)}`);
  }
  const isOwnFlag = [...values, ...switches].some((own) => value?.split("=")[0] === `--${own}`);
  if (passedOn.includes(name) && value !== undefined && !isOwnFlag) return;
  if (!isSwitch && (!value || value.startsWith("--"))) {
    throw usage(`expected a value after --${name}, got ${excerpt(value || "none")}`);
  }
}

function unknownFlag(flag: string, known: readonly string[]): UserError {
  const meant = closest(flag.replace(/^--?/, ""), known);
  const advice = meant ? `did you mean --${meant}?` : "--help names all";
  return usage(`expected a known flag, got ${excerpt(flag)}; ${advice}`);
}

function usage(message: string): UserError {
  return new UserError(`reading the arguments: ${message}`, 2);
}

/** The module is named at run time, so that type-checking does not need it. */
async function loadStdCli(): Promise<StdCli | undefined> {
  const name = "@std/cli";
  try {
    return await import(`${name}/parse-args`);
  } catch (error) {
    if (
      error instanceof TypeError || (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND"
    ) return undefined;
    throw error;
  }
}

/** Parses again with @std/cli, in the form that every library reads alike: --name=value, switches, and all words at the end, after --. */
function withStd(std: StdCli, given: Given, { values, switches }: Flags): Given {
  const args = [
    ...Object.entries(given.values).map(([name, value]) => `--${name}=${value}`),
    ...switches.filter((name) => given.switches[name]).map((name) => `--${name}`),
    "--",
    ...given.words,
  ];
  const parsed = std.parseArgs(args, { string: values, boolean: switches });
  return {
    values: pick(values, (name) => typeof parsed[name] === "string" ? parsed[name] : undefined),
    switches: pick(switches, (name) => parsed[name] === true),
    words: parsed._.map(String),
  };
}

function pick<T>(
  names: readonly string[],
  value: (name: string) => T | undefined,
): Record<string, T> {
  const entries = names.map((name) => [name, value(name)] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is readonly [string, T] => entry[1] !== undefined),
  );
}

/** The name that was probably meant: the one with the fewest edits, at most one for every three letters. */
export function closest(name: string, names: readonly string[]): string | undefined {
  const most = Math.max(name.length, 3) / 3;
  const isNear = (other: string) =>
    Math.abs(name.length - other.length) <= most && edits(name, other) <= most;
  const near = names.filter(isNear);
  return near.sort((a, b) => edits(name, a) - edits(name, b))[0];
}

/** The number of letters to insert, delete, change or swap with the next one to turn one word into another. */
function edits(a: string, b: string): number {
  const table = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const [above, row] = [table[i - 1]!, [i]];
    for (let j = 1; j <= b.length; j++) {
      const changed = above[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? table[i - 2]![j - 2]! + 1 : Infinity;
      row.push(Math.min(above[j]! + 1, row[j - 1]! + 1, changed, swapped));
    }
    table.push(row);
  }
  return table[a.length]![b.length]!;
}
