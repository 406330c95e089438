import type { ImageScale } from "../data/images/imagenet.ts";

/** Facts about a network without building it. */
export interface NetworkRecord {
  /** Its name on pages. */
  readonly title: string;
  /** The scale of its inputs: published weights require one particular scale. */
  readonly scale: ImageScale;
}

/** The networks that can be named on the command line, in the order of help, messages and tables. */
export const networks = {
  mlp: { title: "MLP", scale: "small" },
  mlp_bn: { title: "MLP with batch normalisation", scale: "small" },
  lenet: { title: "LeNet", scale: "small" },
  convnet: { title: "ConvNet", scale: "small" },
  nin: { title: "NIN", scale: "small" },
  alexnet: { title: "AlexNet", scale: "caffe" },
  alexnet_torchvision: { title: "AlexNet (torchvision)", scale: "torchvision" },
  resnet18: { title: "ResNet-18", scale: "torchvision" },
} as const satisfies Readonly<Record<string, NetworkRecord>>;

/** A network's name in flags, columns and files. */
export type NetworkName = keyof typeof networks;

/** The facts about the network of this name; undefined if there is none. */
export function networkRecord(name: string): NetworkRecord | undefined {
  return Object.hasOwn(networks, name) ? networks[name as NetworkName] : undefined;
}
