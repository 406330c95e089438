import type { ImageScale } from "../data/images/imagenet.ts";
import { networkRecord } from "./catalogue.ts";

/** What a network, by its name, takes in place of an image's pixels: published weights go with one scale alone. */
export function imageScaleOf(network: string): ImageScale {
  return networkRecord(network)?.scale ?? "small";
}
