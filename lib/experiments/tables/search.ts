import type { Columns } from "../../files/arrow.ts";
import type { TrainJob } from "../../jobs/jobs.ts";
import type { SearchRow } from "../rows.ts";
import { choose, scoreOf, type Validated } from "../search.ts";
import { ended, type Finished } from "./finished.ts";

/** search.arrow. */
export const searchColumns: Columns = {
  run_id: "text",
  network: "text",
  method: "text",
  settings: "text",
  accuracy: "real or null",
  rho2: "real or null",
  acc_pgd: "real or null",
  score: "real or null",
  chosen: "whole",
};

/** The rows of the search: what every candidate reached on held-out images, and which of a method's is the best. */
export function searchRows(finished: Finished): SearchRow[] {
  const resultOf = ({ id }: TrainJob) =>
    finished.configs.get(id)?.result as unknown as Validated | null | undefined;
  const rows = ended(finished.plan.search, finished).map((job) => {
    const { accuracy = null, rho2 = null, acc_pgd = null } = resultOf(job) ?? {};
    const [own, reference] = [resultOf(job), resultOf(job.parent ?? job)];
    const score = own && reference ? scoreOf(own, reference) : -Infinity;
    const { id: run_id, network, method, variation } = job;
    const settings = JSON.stringify(variation);
    return { run_id, network, method, settings, accuracy, rho2, acc_pgd, score };
  });
  const chosen = [...Map.groupBy(rows, ({ network, method }) => `${network} ${method}`).values()]
    .map((candidates) => candidates[choose(candidates.map(({ score }) => score))]);
  return rows.map((row) => ({
    ...row,
    score: Number.isFinite(row.score) ? row.score : null,
    chosen: Number(chosen.includes(row)),
  }));
}
