import type { Progress } from "../../../jobs/context.ts";
import type { RunConfig } from "../../../jobs/run_folder.ts";

/** What a process that runs jobs for another one tells of them, one JSON text a line. */
export type JobEvent =
  | { readonly kind: "progress"; readonly id: string; readonly progress: Omit<Progress, "job"> }
  /** A sentence for the user. */
  | { readonly kind: "notice"; readonly text: string }
  /** A job was run there: the one that was asked for, or one that it needs. */
  | { readonly kind: "finished"; readonly id: string; readonly config: RunConfig }
  /** The job that was asked for has ended, there or before. */
  | { readonly kind: "ended"; readonly id: string; readonly config: RunConfig };
