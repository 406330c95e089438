import { basename, sep } from "node:path";
import { escaped, excerpt } from "../../engine/excerpt.ts";
import { readFile } from "../../engine/read_file.ts";
import { UserError } from "../../engine/user_error.ts";
import { checksumOf } from "../../files/checksums.ts";
import { imageScaleOf } from "../../networks/image_scale.ts";
import { isOnnx, type ModelFile, networkIn } from "../shared/model_file.ts";
import type { EvaluateCommand } from "./options.ts";

/** A model's file, and what the model is called. */
export interface NamedModel extends ModelFile {
  readonly name: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
}

/**
 * The models of a command line.
 *
 * @throws {UserError} when a file cannot be read, is given twice, holds weights of no known network, or takes other images than the first.
 */
export async function namedModels(
  { paths, network, rename, names = namesOfPaths(paths) }: Pick<
    EvaluateCommand,
    "paths" | "network" | "rename" | "names"
  >,
): Promise<NamedModel[]> {
  const models: NamedModel[] = [];
  for (const [i, path] of paths.entries()) {
    const sha256 = checksumOf(await readFile(path));
    const weights = isOnnx(path) ? {} : {
      network: network ?? await networkIn(path, rename),
      ...(rename ? { rename } : {}),
    };
    models.push({ path, name: escaped(names[i]!), sha256, ...weights });
  }
  checkOnce(models);
  checkScales(models);
  return models;
}

function checkOnce(models: readonly NamedModel[]): void {
  for (const [i, { path, sha256 }] of models.entries()) {
    const same = models.slice(0, i).find((one) => one.sha256 === sha256);
    if (!same) continue;
    const again = path === same.path ? " twice" : `, the same as ${excerpt(same.path)}`;
    throw new UserError(
      `reading --model: expected files that differ, got ${excerpt(path)}${again}`,
      2,
    );
  }
}

/** Checks that all networks take an image in one form: the dataset is read in that of the first. */
function checkScales([first, ...others]: readonly NamedModel[]): void {
  const expected = imageScaleOf(first?.network ?? "");
  for (const { path, network = "" } of others) {
    const came = imageScaleOf(network);
    if (came === expected) continue;
    throw new UserError(
      `reading --model: expected networks that take images in one form (${expected}), got ${
        network || basename(path)
      } (${came})`,
      2,
    );
  }
}

/** What tells paths apart: the files' names, or, where some are the same, the paths without the first and the last parts that all share. */
export function namesOfPaths(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(path));
  if (new Set(names).size === new Set(paths).size) return names;
  const parts = paths.map((path) => path.split(sep));
  const shortest = Math.min(...parts.map(({ length }) => length));
  const first = Math.min(shared(parts), shortest - 1);
  const last = Math.min(shared(parts.map((own) => own.toReversed())), shortest - first - 1);
  return parts.map((own) => own.slice(first, own.length - last).join("/"));
}

/** How many first parts are the same in all. */
function shared(all: readonly (readonly string[])[]): number {
  const [one = []] = all;
  const differs = one.findIndex((part, i) => all.some((other) => other[i] !== part));
  return differs < 0 ? one.length : differs;
}
