import { excerpt } from "../../../engine/excerpt.ts";
import { UserError } from "../../../engine/user_error.ts";
import { makeFolder, readIfThere, writeWhole } from "../../../files/files.ts";
import { inPart } from "../../shared/flag_values.ts";
import type { SlurmOptions } from "../../slurm/options.ts";
import { runOnSlurm } from "../../slurm/run_on_slurm.ts";
import type { DefendCommand } from "../options.ts";
import { outcomeIn } from "./outcome.ts";
import type { DefendGrid } from "./read_grid.ts";
import { gridCsv, gridTable } from "./table.ts";

/**
 * Hardens a model at each point of a grid, one after another, and compares the points; or submits them to Slurm.
 *
 * @param defendPoint Hardens at a point, unless that has been done, and returns an exit code.
 * @returns The exit code: 1 where points are missing in the end.
 */
export async function defendGrid(
  grid: DefendGrid,
  defendPoint: (command: DefendCommand) => Promise<number>,
): Promise<number> {
  const { points, job, slurm } = grid;
  if (!slurm?.dryRun) await claimFolder(grid);
  if (slurm) {
    console.log(await submitPoints(grid, slurm));
    return 0;
  }
  const chosen = job === "none" ? [] : job ? inPart(points, job) : points;
  for (const { name, command } of chosen) {
    console.error(
      `${name}, point ${points.findIndex((one) => one.name === name) + 1} of ${points.length}`,
    );
    const code = await defendPoint(command);
    if (code !== 0) return code;
  }
  return job && job !== "none" ? 0 : await compare(grid);
}

/**
 * Notes which grid a folder is of. More points may be added.
 *
 * @throws {UserError} when it is of a grid with other settings: its points would be compared with these.
 */
async function claimFolder({ out, shared }: DefendGrid): Promise<void> {
  const path = `${out}/grid.json`;
  const own = `${JSON.stringify({ flags: shared.toSorted() }, null, 2)}\n`;
  const found = await readIfThere(path);
  if (found && new TextDecoder().decode(found) === own) return;
  if (found) {
    throw new UserError(
      `defending into ${
        excerpt(out)
      }: expected an empty folder or this grid's, got that of other settings; give another --out`,
    );
  }
  await makeFolder(out);
  await writeWhole(path, own);
}

/** Prints the points that have ended, side by side, and writes grid.csv. */
async function compare({ points, out }: DefendGrid): Promise<number> {
  const rows = await Promise.all(
    points.map(async ({ name, command }) => ({ name, outcome: await outcomeIn(command.out) })),
  );
  await writeWhole(`${out}/grid.csv`, gridCsv(rows));
  console.log(
    `\n${gridTable(rows)}\n\nthe table is ${out}/grid.csv; each point has a folder there`,
  );
  const missing = rows.filter(({ outcome }) => !outcome).length;
  if (missing === 0) return 0;
  console.error(`the grid has gaps: ${missing} of ${rows.length} points have not ended`);
  return 1;
}

async function submitPoints(
  { points, flags, out }: DefendGrid,
  slurm: SlurmOptions,
): Promise<string> {
  const tasks = points.map(({ name: title }, i) => ({ job: `${i + 1}/${points.length}`, title }));
  return await runOnSlurm({
    command: "defend",
    flags,
    arrays: [tasks],
    last: { job: "none", title: "the points compared" },
    logs: `${out}/slurm`,
  }, slurm);
}
