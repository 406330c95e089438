import type { Engine } from "../../engine/engine.ts";
import type { Json } from "../../files/checksums.ts";
import type { ProgressView } from "../shared/progress.ts";
import type { DefendCommand } from "./options.ts";
import type { Problem } from "./problem.ts";

/** What a run of the command needs. */
export interface Run {
  readonly engine: Engine;
  readonly problem: Problem;
  readonly command: DefendCommand;
  /** The settings that results depend on, as they are recorded. */
  readonly settings: Readonly<Record<string, Json>>;
  /** A key of all that they depend on. */
  readonly key: string;
  readonly view: ProgressView;
  readonly signal: AbortSignal;
}

/** The box that attacks stay in. */
export function boxOf({ within }: DefendCommand) {
  return within === "pixels" ? { low: 0, high: 255 } : undefined;
}
