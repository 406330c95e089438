import { escaped } from "../engine/excerpt.ts";
import { UserError } from "../engine/user_error.ts";
import { readIfThere, writeWhole } from "../files/files.ts";

/** Why images, and class folders without images, were left out, by path. */
export type LeftOut = ReadonlyMap<string, string>;

/** How many are named if there are many. */
const few = 5;

/** The first few of what was left out, "path: reason" each. */
export function firstLeftOut(leftOut: LeftOut): string[] {
  const all = Array.from(leftOut, ([path, reason]) => escaped(`${path}: ${reason}`));
  return all.slice(0, few);
}

/**
 * Adds to left_out.json, the list of what an experiment's runs left out, since a run that has ended does not read its images
 * again. A list of another dataset is replaced.
 *
 * @param out The experiment's folder.
 * @param dataset The dataset's checksum.
 * @returns The whole list.
 * @throws {UserError} when the list is damaged.
 */
export async function recordLeftOut(
  out: string,
  dataset: string,
  leftOut: LeftOut,
): Promise<LeftOut> {
  const path = `${out}/left_out.json`;
  const before = await readIfThere(path);
  const all = new Map([...before ? entriesOf(before, path, dataset) : [], ...leftOut]);
  if (leftOut.size > 0) {
    const record = { dataset, left_out: Object.fromEntries(all) };
    await writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
  }
  return all;
}

/**
 * The list of what an experiment's runs left out of a dataset.
 *
 * @param datasets The checksums of the dataset.
 * @throws {UserError} when the list is damaged.
 */
export async function readLeftOut(out: string, datasets: readonly string[]): Promise<LeftOut> {
  const path = `${out}/left_out.json`;
  const bytes = await readIfThere(path);
  const entries = [...new Set(datasets)].flatMap((dataset) =>
    bytes ? entriesOf(bytes, path, dataset) : []
  );
  return new Map(entries);
}

function entriesOf(bytes: Uint8Array, path: string, wanted: string): [string, string][] {
  try {
    const { dataset, left_out } = JSON.parse(new TextDecoder().decode(bytes));
    return dataset === wanted ? Object.entries(left_out) : [];
  } catch (cause) {
    throw new UserError(
      `reading ${path}: expected JSON of images that were left out: ${(cause as Error).message}; ` +
        "remove it and repeat the command",
      1,
      { cause },
    );
  }
}
