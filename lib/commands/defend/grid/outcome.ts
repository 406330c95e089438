import type { Json } from "../../../files/checksums.ts";
import { readIfThere, removeIfThere, writeWhole } from "../../../files/files.ts";
import type { Resistance } from "../compare.ts";

/** What came of a point of a grid. */
export type Outcome =
  | {
    /** Names all that it depends on. */
    readonly key: string;
    readonly summary: {
      /** The epoch that is kept; 0 is the model as it came. */
      readonly kept: number;
      readonly before: Resistance;
      readonly after: Resistance;
    };
  }
  | { readonly key: string; readonly diverged: string };

/** The files that hold it. */
const names = { hardened: "defend.json", diverged: "diverged.json" } as const;

/** What came of the point of a folder; undefined where it has not ended. */
export async function outcomeIn(folder: string): Promise<Outcome | undefined> {
  for (const name of Object.values(names)) {
    const bytes = await readIfThere(`${folder}/${name}`);
    const outcome = bytes && outcomeOf(bytes);
    if (outcome) return outcome;
  }
  return undefined;
}

/** Records that training diverged. */
export async function writeDiverged(folder: string, key: string, reason: string): Promise<void> {
  const record: Json = { key, diverged: reason };
  await writeWhole(`${folder}/${names.diverged}`, `${JSON.stringify(record, null, 2)}\n`);
}

/** Removes what came of the point of a folder. */
export async function dropOutcome(folder: string): Promise<void> {
  for (const name of Object.values(names)) await removeIfThere(`${folder}/${name}`);
}

/** What a file says; undefined for another file than a grid's, or a damaged one: the point is run again. */
function outcomeOf(bytes: Uint8Array): Outcome | undefined {
  try {
    const outcome = JSON.parse(new TextDecoder().decode(bytes));
    const { key, diverged, summary } = outcome;
    const isWhole = typeof diverged === "string" || summary?.before && summary.after;
    return typeof key === "string" && isWhole ? outcome : undefined;
  } catch {
    return undefined;
  }
}
