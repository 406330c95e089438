import { UserError } from "../../../engine/user_error.ts";
import type { RunConfig } from "../../../jobs/run_folder.ts";
import { environment, ownCommand } from "../../shared/own_command.ts";
import type { JobEvent } from "./events.ts";
import { linesOf } from "./lines_of.ts";

/** A process that runs jobs, one after another. */
export interface JobProcess {
  /**
   * Runs the job of an id and tells what happens there.
   *
   * @returns The job's config.json.
   * @throws {UserError} when the process ends before the job does.
   */
  readonly run: (id: string, onEvent: (event: JobEvent) => void) => Promise<RunConfig>;
  /** Makes it save its job and end, as SIGTERM does. */
  readonly stop: () => void;
  /** Resolves when it has ended; it ends on its own once it has no job. */
  readonly end: () => Promise<void>;
}

/** Starts `reproduce` in a process that runs the jobs whose ids it is given. */
export function startJobProcess(flags: readonly string[]): JobProcess {
  const child = new Deno.Command(Deno.execPath(), {
    args: ownCommand("reproduce", [...flags, "--job=-"]),
    env: environment,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const asked = child.stdin.getWriter();
  const events = linesOf(child.stdout);
  let listen: (event: JobEvent) => void = () => {};
  const errors = Array.fromAsync(linesOf(child.stderr), (line) => {
    const [, text] = /(left out: .*) \(\d+ left out so far\)$/.exec(line) ?? [];
    if (text) listen({ kind: "notice", text });
    return line;
  });
  return {
    async run(id, onEvent) {
      listen = onEvent;
      await asked.write(new TextEncoder().encode(`${id}\n`)).catch(() => {}); // its end is told below
      for (;;) {
        const { value, done } = await events.next();
        if (done) throw ended(await child.status, await errors);
        const event: JobEvent = JSON.parse(value);
        if (event.kind === "ended") return event.config;
        onEvent(event);
      }
    },
    stop() {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended already.
      }
    },
    async end() {
      await asked.close().catch(() => {}); // it has ended already
      await events.return(undefined);
      await Promise.all([child.status, errors]);
    },
  };
}

/** Why a process ended too early: its own error, or how it ended. */
function ended({ code, signal }: Deno.CommandStatus, errors: readonly string[]): UserError {
  const own = errors.findLast((line) => line.startsWith("error: "));
  if (own) return new UserError(own.slice("error: ".length));
  return new UserError(
    `running a job: expected its process to end the job, but it ended with ${
      signal ?? `exit code ${code}`
    }: ${errors.at(-1) ?? "it said nothing"}`,
  );
}
