import { onCifar10 } from "./cifar10_profile.ts";
import { onIdx } from "./idx_profile.ts";
import { onImagenet } from "./imagenet_profile.ts";
import type { Profile } from "./profiles.ts";

const others: Readonly<Record<string, (profile: Profile) => Profile>> = {
  cifar10: onCifar10,
  idx: onIdx,
  imagenet: onImagenet,
};

/**
 * A profile as a dataset has it.
 *
 * @param dataset What the command line or a dataset's id calls it: `mnist`, `idx:DIR`.
 */
export function profileOn(dataset: string, profile: Profile): Profile {
  const [name = ""] = dataset.split(":");
  return others[name]?.(profile) ?? profile;
}
