import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { main } from "../../lib/cli.ts";
import { random } from "../../lib/engine/random.ts";
import { idxBytes, writeFiles } from "../data/idx/fixture.ts";

const cli = fileURLToPath(new URL("../../lib/cli.ts", import.meta.url));
const permissions = ["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi"];
/** Rows and columns of the images. */
export const side = 6;

/** A folder of IDX files: 300 training and 60 test images in 4 classes that differ in a bright row. */
export async function makeDataset(dir: string): Promise<string> {
  const split = (count: number, key: string) => {
    const next = random("reproduce", key);
    const labels = Array.from({ length: count }, (_, i) => i % 4);
    const pixels = labels.flatMap((label) =>
      Array.from(
        { length: side * side },
        (_, i) => Math.floor(100 * next()) + (Math.floor(i / side) === label ? 120 : 0),
      )
    );
    return { labels: idxBytes([count], labels), images: idxBytes([count, side, side], pixels) };
  };
  const [train, test] = [split(300, "train"), split(60, "test")];
  await Deno.mkdir(`${dir}/rows`);
  await writeFiles(`${dir}/rows`, {
    "train-images-idx3-ubyte": train.images,
    "train-labels-idx1-ubyte": train.labels,
    "t10k-images-idx3-ubyte": test.images,
    "t10k-labels-idx1-ubyte": test.labels,
  });
  return `${dir}/rows`;
}

/** The arguments that make Deno run a command. */
export function commandOf(args: readonly string[]): string[] {
  const how = ["--quiet", "--cached-only", "--no-check", "--no-prompt"];
  return ["run", ...how, ...permissions, cli, ...args];
}

/** How a command ended. */
export interface End {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** How a process ended, as text. */
export function endOf({ code, stdout, stderr }: Deno.CommandOutput): End {
  const [out = "", errors = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, errors };
}

/** Runs a command to its end in this process, which is there already. One at a time: what is said is the process's. */
export async function run(args: readonly string[]): Promise<End> {
  const said = { out: "", errors: "" };
  const { log, error } = console;
  const { stderr } = Deno;
  const write = (bytes: Uint8Array) => {
    said.errors += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  console.log = (text: string) => void (said.out += `${text}\n`);
  console.error = (text: string) => void (said.errors += `${text}\n`);
  Object.defineProperty(Deno, "stderr", { value: { isTerminal: () => false, writeSync: write } });
  try {
    return { code: await main(args), ...said };
  } finally {
    Object.assign(console, { log, error });
    Object.defineProperty(Deno, "stderr", { value: stderr });
  }
}

/** Runs a command to its end in a process of its own, with the permissions of the tasks. */
export async function runAlone(args: readonly string[]): Promise<End> {
  return endOf(await new Deno.Command(Deno.execPath(), { args: commandOf(args) }).output());
}

/** The last line that was said of a mistake, and that nothing like a stack trace came with it. */
export function mistake({ errors }: End): string {
  assert.doesNotMatch(errors, /^ +at /m);
  return errors.split("\n").filter((line) => line.startsWith("error: ")).join("\n");
}
