import { onCifar10 } from "./cifar10_profile.ts";
import { onIdx } from "./idx_profile.ts";
import { onImagenet } from "./imagenet_profile.ts";
import type { Profile } from "./profiles.ts";

/** How many images a dataset has. */
interface ImageCounts {
  readonly train: number;
  readonly test: number;
}

/** What experiments need to know about a kind of dataset. */
export interface DatasetKind {
  /** The beginning of a dataset's id and of its name on the command line: `mnist`, `idx` for `idx:DIR`. */
  readonly id: string;
  /** Adapts a profile to this kind of dataset. */
  readonly profile: (profile: Profile) => Profile;
  /** The images of the paper's dataset; none where the paper has no such dataset. */
  readonly paperImages?: ImageCounts;
}

/** The kinds of datasets. */
export const datasetKinds: readonly DatasetKind[] = [
  {
    id: "mnist",
    profile: (profile) => profile,
    paperImages: { train: 60_000, test: 10_000 },
  },
  {
    id: "cifar10",
    profile: onCifar10,
    paperImages: { train: 50_000, test: 10_000 },
  },
  {
    id: "imagenet",
    profile: onImagenet,
    paperImages: { train: 1_281_167, test: 50_000 },
  },
  { id: "idx", profile: onIdx },
];

/** The kind of a dataset by its id, or by its name on the command line. */
export function datasetKindOf(dataset: string): DatasetKind | undefined {
  const [id] = dataset.split(":");
  return datasetKinds.find((kind) => kind.id === id);
}

/**
 * A profile for a dataset.
 *
 * @param dataset Its id or its name on the command line: `mnist`, `idx:DIR`.
 */
export function profileOn(dataset: string, profile: Profile): Profile {
  return datasetKindOf(dataset)?.profile(profile) ?? profile;
}
