import type { Profile } from "./profiles.ts";

/** A profile on a folder of IDX files: `quick` has a few epochs, since the paper has no figures to compare with. */
export function onIdx(profile: Profile): Profile {
  if (profile.name !== "quick") return profile;
  return {
    ...profile,
    purpose: "some minutes: the MLP on all images, 6 epochs, and 2 of fine-tuning",
    epochTestImages: 1000,
    strongImages: 1000,
    reference: { ...profile.reference, epochs: 6 },
    fineTuning: { ...profile.fineTuning, epochs: 2 },
  };
}
