import os from "node:os";

/** The machine and the versions that a run used. */
export interface MachineFacts {
  readonly [key: string]: string | number;
}

/** This machine, as results record it. */
export function thisMachine(): MachineFacts {
  const cpus = os.cpus();
  return {
    cpu: cpus[0]?.model ?? "unknown",
    cores: cpus.length,
    memory_gb: Math.round(os.totalmem() / 2 ** 30),
    system: `${Deno.build.os} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}
