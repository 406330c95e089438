import type { ImageScale } from "../data/images/imagenet.ts";

const scales: Readonly<Record<string, ImageScale>> = {
  alexnet: "caffe",
  alexnet_torchvision: "torchvision",
  resnet18: "torchvision",
};

/** What a network, by its name, takes in place of an image's pixels: published weights go with one scale alone. */
export function imageScaleOf(network: string): ImageScale {
  return scales[network] ?? "small";
}
