import type { ImageScale } from "../data/images/imagenet.ts";
import { networkRecord } from "./catalogue.ts";

/** The scale of a network's inputs, by the network's name: published weights require one particular scale. */
export function imageScaleOf(network: string): ImageScale {
  return networkRecord(network)?.scale ?? "small";
}
