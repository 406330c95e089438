import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { makeFolder, readIfThere, removeParts, writeWhole } from "../../files/files.ts";
import { type Lock, waitForLock } from "../../files/lock.ts";
import type { NamedModel } from "./named_models.ts";
import type { EvaluationRecord } from "./record.ts";

/** The file that holds what came of an evaluation. */
const finished = "evaluate.json";

/** Where blocks of images are kept until all are done. */
export const partial = "partial";

/** The file in {@link partial} that says whose blocks they are. */
const owner = "key";

/**
 * Looks at what a folder holds, and notes whose it is now.
 *
 * @param key Names all that the evaluation depends on.
 * @returns What came of this very evaluation, where it has ended there; undefined where it has not.
 * @throws {UserError} when it holds another evaluation, ended or not.
 */
export async function openFolder(out: string, key: string): Promise<EvaluationRecord | undefined> {
  await removeParts(out);
  const record = recordIn(await readIfThere(`${out}/${finished}`));
  if (record && record.key !== key) throw another(out);
  if (record) return record as EvaluationRecord;
  await makeFolder(`${out}/${partial}`);
  const path = `${out}/${partial}/${owner}`;
  const found = await readIfThere(path);
  if (found && new TextDecoder().decode(found) !== key) throw another(out);
  if (!found) await writeWhole(path, key);
  return undefined;
}

/** The same as {@link openFolder}, for processes that evaluate a model each: one after another. */
export async function openShared(out: string, key: string): Promise<EvaluationRecord | undefined> {
  await makeFolder(out);
  using _ = await waitForLock(`${out}/lock`);
  return await openFolder(out, key);
}

/** Where a model's blocks are kept. */
export function folderOfModel(out: string, { sha256 }: Pick<NamedModel, "sha256">): string {
  return `${out}/${partial}/${sha256.slice(0, 16)}`;
}

/** Waits until no other process evaluates a model by itself. */
export async function waitForModel(out: string, model: NamedModel): Promise<Lock> {
  const folder = folderOfModel(out, model);
  await makeFolder(folder);
  return await waitForLock(`${folder}/lock`);
}

/** What a file holds that should be a record; undefined where there is none. */
function recordIn(bytes: Uint8Array | undefined): Partial<EvaluationRecord> | undefined {
  if (!bytes) return undefined;
  try {
    return Object(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {}; // whatever it is, it is not this evaluation's
  }
}

function another(out: string): UserError {
  return new UserError(
    `evaluating into ${
      excerpt(out)
    }: expected an empty folder or this evaluation's, got that of other models, images or settings; give another --out`,
  );
}
