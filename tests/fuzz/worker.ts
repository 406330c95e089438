import { isDeepStrictEqual } from "node:util";
import { random } from "../../lib/engine/random.ts";
import { mutation, otherKind } from "./mutations.ts";
import { readers } from "./readers.ts";

/** What a read of a damaged file came to. */
export interface Outcome {
  /** `same`: as it was written; `possible`: as a whole file might hold it; `refused` in one line; anything else is a `fault`. */
  readonly kind: "same" | "possible" | "refused" | "fault";
  /** What was done to the file, and what came. */
  readonly detail: string;
}

/** A damaged file to read: the reader's name and the number of the damage. */
export interface Question {
  readonly reader: string;
  readonly number: number;
  /** A folder for the files. */
  readonly folder: string;
}

/** Bytes of memory that a read may take. */
const largest = 2 ** 28;
/** Characters that a message may have. */
const longest = 500;

/** The values of the whole files. */
const values = new Map<string, unknown>();
/** Them, by reader; the first one of each is damaged. */
const wholeFiles = new Map(
  await Promise.all(
    Object.entries(readers).map(async ([name, { files }]) =>
      [name, Object.entries(await files())] as const
    ),
  ),
);

self.onmessage = async ({ data: question }: MessageEvent<Question>) => {
  self.postMessage(await answer(question));
};
self.postMessage("ready");

async function answer({ reader: name, number, folder }: Question): Promise<Outcome> {
  const reader = readers[name]!;
  const files = wholeFiles.get(name)!;
  const [damaged, whole] = files[0]!;
  const path = `${folder}/${damaged}`;
  if (!values.has(name)) {
    await writeAll(folder, files);
    values.set(name, await reader.read(path, folder));
  }
  const others = [...wholeFiles].filter(([other]) => other !== name).map(([, [first]]) =>
    first![1]
  );
  const { name: damage, bytes } = mutation(whole, number, random("fuzz", name, number), others);
  await writeAll(folder, [[damaged, bytes]]);
  const before = memory();
  const isPossible = reader.possible ?? (() => damage === otherKind);
  const { kind, detail } = await outcomeOf(() => reader.read(path, folder), {
    expected: values.get(name),
    isPossible,
  });
  const taken = memory() - before;
  return taken > largest
    ? { kind: "fault", detail: `${damage} (${number}): took ${Math.round(taken / 2 ** 20)} MiB` }
    : { kind, detail: `${damage} (${number}): ${detail}` };
}

async function outcomeOf(
  read: () => unknown,
  { expected, isPossible }: { expected: unknown; isPossible: (value: unknown) => boolean },
): Promise<Outcome> {
  try {
    const value = await read();
    if (isDeepStrictEqual(value, expected)) return { kind: "same", detail: "" };
    if (isPossible(value)) return { kind: "possible", detail: "" };
    return { kind: "fault", detail: `read as ${Deno.inspect(value)}` };
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== "UserError") return { kind: "fault", detail: `${error}` };
    const isOneLine = message.length <= longest && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(message);
    return { kind: isOneLine ? "refused" : "fault", detail: message };
  }
}

async function writeAll(
  folder: string,
  files: readonly (readonly [string, Uint8Array])[],
): Promise<void> {
  for (const [path, bytes] of files) {
    await Deno.mkdir(`${folder}/${path}`.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(`${folder}/${path}`, bytes);
  }
}

/** The memory of this thread, as far as JavaScript knows of it. */
function memory(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
