import type { Columns } from "../../files/arrow.ts";
import type { TransferRow } from "../rows.ts";
import type { Finished } from "./finished.ts";

/** transfer.arrow. */
export const transferColumns: Columns = {
  run_id: "text",
  network: "text",
  seed: "whole",
  images: "whole",
  attack: "text",
  source: "text",
  target: "text",
  accuracy: "real or null",
};

/** What a transfer job found. */
interface TransferResult {
  readonly methods: readonly string[];
  readonly fgs: readonly (readonly number[])[] | null;
  readonly deepfool: readonly (readonly number[])[];
}

/** The rows of the transfer between models: accuracy of `target` on examples made on `source`. */
export function transferRows({ plan, configs }: Finished): TransferRow[] {
  return plan.transfer.filter(({ id }) => configs.has(id)).flatMap((job) => {
    const { id: run_id, network, seed, images } = job;
    const result = configs.get(run_id)!.result as unknown as TransferResult | null;
    const names = result?.methods ?? [];
    return (["fgs", "deepfool"] as const).flatMap((attack) =>
      names.flatMap((source, i) =>
        names.map((target, j) => ({
          run_id,
          network,
          seed,
          images,
          attack,
          source,
          target,
          accuracy: result?.[attack]?.[i]?.[j] ?? null,
        }))
      )
    );
  });
}
