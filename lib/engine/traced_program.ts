import type { TracedFunction } from "./compile.ts";
import type { BySize } from "./executable.ts";
import type { Device } from "./session.ts";

/** A program whose functions are traced, as threads load it: plain data. */
export interface TracedProgram {
  /** Its number among all that this process loads. */
  readonly program: number;
  /** URL of the routine's module. */
  readonly module: string;
  /** The name that the module exports the routine under. */
  readonly export: string;
  /** The routine's settings. */
  readonly settings: unknown;
  /** The functions. */
  readonly models: Readonly<Record<string, BySize<TracedFunction>>>;
  /** Where they are computed. */
  readonly device: Device;
  /** The arguments that hold an entry for every row, and the numbers in an entry. */
  readonly rows?: Readonly<Record<string, number>>;
  /** The result's arrays of which only the sum over all shards is used. */
  readonly sums?: Sums;
}

/** Arrays that are summed over all shards. A routine makes them anew at every call: their memory goes to the main thread. */
export interface Sums {
  /** The result's property that holds them. */
  readonly of: string;
  /** Their lengths, by name. */
  readonly lengths: Readonly<Record<string, number>>;
}
