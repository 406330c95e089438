import { createEngine, type Engine } from "../lib/engine/engine.ts";
import { testedBackend } from "./engine/engines.ts";

/** The engines of a file of tests (each file has modules of its own), by their number of workers. */
const engines = new Map<number, Promise<Engine>>();

/** An engine for all tests of a file: what was compiled for one of them serves the others too. */
export function sharedEngine(workers: number): Promise<Engine> {
  const engine = engines.get(workers) ?? createEngine({ backend: testedBackend, workers });
  engines.set(workers, engine);
  return engine;
}

Deno.test.afterAll(async () => {
  for (const engine of engines.values()) await (await engine)[Symbol.asyncDispose]();
});
