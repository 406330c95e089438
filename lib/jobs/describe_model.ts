import type { TrainJob } from "./jobs.ts";

/** A trained network in a few words; settings are named where they differ from the method's own. */
export function modelInWords({ network, method, seed, changes }: TrainJob): string {
  const changed = Object.entries(changes).map(([key, value]) => `, ${key} ${value}`).join("");
  return `${network} ${method} seed ${seed}${changed}`;
}
