import { extent } from "d3-array";
import type { Dataset, StreamedDataset } from "../data/dataset.ts";
import type { Job, Json } from "../experiments/jobs.ts";
import type { Machine } from "../experiments/machine.ts";
import type { RunConfig } from "../experiments/run_folder.ts";

/** The number of images of a dataset's splits: `MNIST: 60,000 training and 10,000 test images`. */
export function dataInWords({ title, train, test }: Dataset | StreamedDataset): string {
  const [trained, tested] = [train.count, test.count].map((count) => count.toLocaleString("en"));
  return `${title}: ${trained} training and ${tested} test images`;
}

/** What a report says of a network that the project does not know; nothing of others. */
export function unknownInWords({ network, settings: { scale } }: Job): Record<string, string> {
  if (typeof scale !== "string") return {};
  const how = `pixels 0-255 through the scale ${scale}; ρ₂ and ε are in pixels, nothing is clipped`;
  return { "Network": `${network}, from an ONNX file; ${how}` };
}

/** A machine in a few words: `AMD EPYC, 2 cores, 24 GB, linux x86_64, Deno 2.9.6`. */
export function machineInWords({ cpu, cores, memory_gb, system, deno }: Machine): string {
  return `${cpu}, ${cores} cores, ${memory_gb} GB, ${system}, Deno ${deno}`;
}

/** The machines that runs were made on, each once, in words. */
export function machinesOf(configs: Iterable<RunConfig>): string {
  const all = Array.from(configs, ({ machine }) => machineInWords(machine as Machine));
  return [...new Set(all)].join("; ");
}

/** What runs' machines say, each value once, by key. */
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
