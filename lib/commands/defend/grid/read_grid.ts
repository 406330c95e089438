import type { EngineOptions } from "../../../engine/engine.ts";
import { excerpt } from "../../../engine/excerpt.ts";
import { UserError } from "../../../engine/user_error.ts";
import { parseCommand } from "../../shared/cli_args.ts";
import { needed, type Part, partOf } from "../../shared/flag_values.ts";
import { sameFlags } from "../../shared/same_flags.ts";
import { userPath } from "../../shared/user_path.ts";
import { slurmFlags, slurmOf, type SlurmOptions } from "../../slurm/options.ts";
import { type DefendCommand, flags, readOptions } from "../options.ts";
import { type Point, pointsOf } from "./points.ts";

/** `defend` over a grid of settings. */
export interface DefendGrid {
  readonly points: readonly GridPoint[];
  /** Which points are run, without comparing them; `none`: none are, and those that have ended are compared. All unless given. */
  readonly job?: Part | "none";
  readonly slurm?: SlurmOptions;
  readonly out: string;
  /** Flags that ask for the same grid from any folder, without those of the job and of threads. */
  readonly flags: readonly string[];
  /** Those that all points share. */
  readonly shared: readonly string[];
}

/** A point and what is run there. */
export interface GridPoint extends Point {
  readonly command: DefendCommand;
}

/** The flags that say what is run where. */
const running = ["out", "job", "workers", ...slurmFlags.values, ...slurmFlags.switches];

/**
 * Reads the flags of `defend` with --grid; undefined where there is none.
 *
 * @throws {UserError} (exit code 2) naming the flag, what was expected and what came.
 */
export async function readGrid(
  args: readonly string[],
  ranks?: EngineOptions["ranks"],
): Promise<DefendGrid | undefined> {
  const { values, switches } = await parseCommand(args, flags);
  const { grid, job, workers } = values;
  if (switches.help) return undefined;
  if (grid === undefined) {
    const alone = ["job", ...slurmFlags.values, ...slurmFlags.switches].find((name) =>
      values[name] !== undefined || switches[name]
    );
    if (alone) throw usage("the arguments", `--grid with --${alone}`, "none");
    return undefined;
  }
  if (switches.json) throw usage("the arguments", "--grid or --json", "both");
  const out = userPath(needed("out", values.out));
  const kinds = { paths: ["model", "weights"], without: running };
  const same = sameFlags(values, switches, kinds);
  const shared = same.filter((flag) => !flag.startsWith("--grid="));
  const points: GridPoint[] = [];
  for (const point of pointsOf(grid)) {
    const own = Object.entries(point.values).map(([name, value]) => `--${name}=${value}`);
    const place = [...workers ? [`--workers=${workers}`] : [], `--out=${out}/${point.name}`];
    const command = await readOptions([...shared, ...own, ...place], ranks);
    points.push({ ...point, command: command! });
  }
  return {
    points,
    ...(job ? { job: jobOf(job) } : {}),
    ...slurmOf(values, switches, ["job"]),
    out,
    flags: [...same, `--out=${out}`],
    shared,
  };
}

function jobOf(text: string): Part | "none" {
  const job = text === "none" ? text : partOf(text);
  if (job) return job;
  throw usage("--job", "I/N with I from 1 to N, or none", excerpt(text));
}

function usage(what: string, expected: string, came: string): UserError {
  return new UserError(`reading ${what}: expected ${expected}, got ${came}`, 2);
}
