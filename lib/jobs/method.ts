import type { AttackOptions } from "../attacks/attacked.ts";
import type { Dataset } from "../data/dataset.ts";
import type { Defense } from "../defenses/defense.ts";
import type { Engine } from "../engine/engine.ts";
import type { Model } from "../networks/model.ts";

/** A method's settings as plain data, as config.json holds them. */
export type MethodSettings = Readonly<Record<string, number | string>>;

/** What fine-tuning starts from, and who watches over attacks that are made before it. */
export interface Start extends Pick<AttackOptions, "onProgress" | "signal"> {
  readonly engine: Engine;
  readonly model: Model;
  readonly dataset: Dataset;
}

/** A way of fine-tuning a reference network. */
export interface Method {
  /** Its identifier in flags, columns and file names: `deep_defense`. */
  readonly id: string;
  /** The paper's name for it. */
  readonly title: string;
  /** Its settings for a network, unless an experiment changes them. */
  readonly settings: (network: string) => MethodSettings;
  /** About how long an epoch takes and its measurement, in epochs of training without a defense. */
  readonly epochWork: number;
  /** Makes its defense. */
  readonly defense: (settings: MethodSettings, start: Start) => Promise<Defense>;
}

/** The name under which a dataset's settings for networks from ONNX files are found, by the dataset's id. */
export function unknownOn(dataset: string): string {
  return `unknown on ${dataset.split(":")[0]}`;
}
