// Prints a Deep Defense step of a small network, computed on the device that is named: for webgpu_test.ts.
import { deepDefense } from "../../lib/defenses/deep_defense/deep_defense.ts";
import { createEngine } from "../../lib/engine/engine.ts";
import type { Device } from "../../lib/engine/session.ts";
import { step } from "../defenses/step.ts";
import { smallConvolutional } from "../small_problem.ts";

await using engine = await createEngine({ device: Deno.args[0] as Device, workers: 1 });
const { gradients, ...rest } = await step(engine, smallConvolutional(), deepDefense());
const lists = Object.entries(gradients).map(([name, numbers]) => [name, [...numbers]]);
console.log(JSON.stringify({ ...rest, gradients: Object.fromEntries(lists) }));
