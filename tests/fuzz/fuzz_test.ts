import assert from "node:assert/strict";
import { readers } from "./readers.ts";
import type { Outcome, Question } from "./worker.ts";

/** How many damaged files are read, over all readers; more by the environment variable, given by hand. */
const wanted = Number(Deno.env.get("DEEP_DEFENSE_FUZZ") ?? 600);
/** Milliseconds after which a read is taken for one that never ends. */
const limit = 20_000;

Deno.test("a damaged file is read as it was, as one that is whole, or refused in one line", async (t) => {
  const folder = await Deno.makeTempDir();
  const shares = Object.values(readers).reduce((sum, { share = 1 }) => sum + share, 0);
  let thread = await started();
  try {
    for (const [reader, { share = 1 }] of Object.entries(readers)) {
      await t.step(reader, async () => {
        const count = Math.ceil(wanted * share / shares);
        const outcomes: Outcome[] = [];
        await Deno.mkdir(`${folder}/${reader}`);
        for (let number = 0; number < count; number++) {
          const outcome = await asked(thread, { reader, number, folder: `${folder}/${reader}` });
          outcomes.push(outcome ?? { kind: "fault", detail: `number ${number} never ends` });
          if (outcome) continue;
          thread.terminate();
          thread = await started();
        }
        if (wanted > 1000) console.log(reader, counts(outcomes));
        assert.deepEqual(outcomes.filter(({ kind }) => kind === "fault"), []);
      });
    }
  } finally {
    thread.terminate();
    await Deno.remove(folder, { recursive: true });
  }
});

async function started(): Promise<Worker> {
  const thread = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  await answered(thread);
  return thread;
}

/** What a read came to; undefined when it did not end. */
async function asked(thread: Worker, question: Question): Promise<Outcome | undefined> {
  thread.postMessage(question);
  return await answered(thread);
}

/** What a thread says next; undefined when that takes too long. */
function answered(thread: Worker): Promise<Outcome | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome | undefined>();
  const timer = setTimeout(() => resolve(undefined), limit);
  thread.onmessage = ({ data }) => resolve(data);
  thread.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  return promise.finally(() => clearTimeout(timer));
}

function counts(outcomes: readonly Outcome[]): Record<string, number> {
  const groups = Map.groupBy(outcomes, ({ kind }) => kind);
  return Object.fromEntries([...groups].map(([kind, members]) => [kind, members.length]));
}
