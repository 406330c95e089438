import { datasets } from "../../data/datasets.ts";

/** What `--dataset` takes. */
export const datasetHelp: string = datasets.map(({ help }) => help).join("; ");

/** What `--dataset` takes where inputs have to be images. */
export const imageDatasetHelp: string = datasets.filter(({ anyShape }) => !anyShape)
  .map(({ help }) => help).join("; ");

/** What `--dataset` takes, without explanations. */
export const datasetForms: string = new Intl.ListFormat("en-GB", { type: "disjunction" })
  .format(datasets.flatMap(({ forms }) => forms));
