/**
 * Records what training steps and attacks give today, in recorded.json beside this file:
 * `deno run --allow-read --allow-env --allow-sys --allow-ffi --allow-write=tests/recorded tests/recorded/record.ts`.
 *
 * @module
 */

import { createEngine } from "../../lib/engine/engine.ts";
import { cases } from "./cases.ts";
import { summarize, type Summary } from "./summary.ts";

await using engine = await createEngine({ workers: 2 });
const recorded: Record<string, Record<string, Summary>> = {};
for (const { name, run } of cases) recorded[name] = summarize(await run(engine));
const file = new URL("./recorded.json", import.meta.url);
await Deno.writeTextFile(file, `${JSON.stringify(recorded)}\n`);
