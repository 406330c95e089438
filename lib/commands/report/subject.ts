import { extent } from "d3-array";
import type { Json } from "../../jobs/jobs.ts";
import type { MachineFacts } from "../../jobs/machine.ts";
import type { RunConfig } from "../../jobs/run_folder.ts";

/** The number of images of a dataset's splits, from the runs' settings: `MNIST: 60,000 training and 10,000 test images`. */
export function dataInWords(title: string, configs: Iterable<RunConfig>): string {
  const counts = Array.from(configs, ({ settings }) => settings as { [key: string]: Json })
    .find(({ train_images }) => train_images !== undefined);
  if (!counts) return title;
  const [trained, tested] = [counts.train_images, counts.test_images]
    .map((count) => Number(count).toLocaleString("en"));
  return `${title}: ${trained} training and ${tested} test images`;
}

/** What a report says about a network from an ONNX file; nothing about others. */
export function unknownInWords(configs: Iterable<RunConfig>): Record<string, string> {
  const { network, scale } =
    Array.from(configs, ({ settings }) => settings as { [key: string]: Json })
      .find((settings) => typeof settings.scale === "string") ?? {};
  if (scale === undefined) return {};
  const how = `pixels 0-255 through the scale ${scale}; ρ₂ and ε are in pixels, nothing is clipped`;
  return { "Network": `${network}, from an ONNX file; ${how}` };
}

/** A machine in a few words: `AMD EPYC, 2 cores, 24 GB, linux x86_64, Deno 2.9.6`. */
export function machineInWords({ cpu, cores, memory_gb, system, deno }: MachineFacts): string {
  return `${cpu}, ${cores} cores, ${memory_gb} GB, ${system}, Deno ${deno}`;
}

/** The machines that runs were made on, each once, in words. */
export function machinesOf(configs: Iterable<RunConfig>): string {
  const all = Array.from(configs, ({ machine }) => machineInWords(machine as MachineFacts));
  return [...new Set(all)].join("; ");
}

/** The facts about the runs' machines, each value once, by key. */
export function machineFacts(configs: Iterable<RunConfig>): Record<string, Json> {
  const machines = Array.from(configs, ({ machine, workers = [] }) => ({
    ...machine as { [key: string]: Json },
    workers: [...workers],
  }));
  const keys = new Set(machines.flatMap((machine) => Object.keys(machine)));
  return Object.fromEntries(
    Array.from(keys, (key) => [
      key,
      [...new Set(machines.flatMap((machine) => machine[key as "workers"] ?? []))],
    ]),
  );
}

/** The day that runs ended, or the first and the last one: `2026-11-22 to 2026-11-25`. */
export function daysOf(configs: Iterable<RunConfig>): string {
  const days = Array.from(configs, ({ finished_at }) => finished_at?.slice(0, 10));
  return [...new Set(extent(days))].filter(Boolean).join(" to ");
}
