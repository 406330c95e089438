import { methodNames, methods } from "../experiments/methods.ts";

const NETWORK_TITLES = {
  mlp: "MLP",
  mlp_bn: "MLP with batch normalisation",
  lenet: "LeNet",
  convnet: "ConvNet",
  nin: "NIN",
  alexnet: "AlexNet",
  alexnet_torchvision: "AlexNet (torchvision)",
  resnet18: "ResNet-18",
};

const DATASET_TITLES = { mnist: "MNIST", cifar10: "CIFAR-10", imagenet: "ImageNet" };

/** The paper's name of a method; an unknown identifier is its own title. */
export function methodTitle(id: string): string {
  return methods.find((method) => method.id === id)?.title ?? id;
}

/** The paper's name of a network; an unknown identifier is its own title. */
export function networkTitle(id: string): string {
  return lookUp(NETWORK_TITLES, id) ?? id;
}

/** The paper's name of a data set; `idx:NAME` is NAME, an unknown identifier its own title. */
export function datasetTitle(id: string): string {
  return lookUp(DATASET_TITLES, id) ?? id.replace(/^idx:/, "");
}

/** Identifiers in the paper's order of methods, each once, unknown ones last in the order they came. */
export function inMethodOrder(ids: Iterable<string>): string[] {
  return inOrder(methodNames, ids);
}

/** Identifiers in the paper's order of networks, each once, unknown ones last in the order they came. */
export function inNetworkOrder(ids: Iterable<string>): string[] {
  return inOrder(Object.keys(NETWORK_TITLES), ids);
}

/** Identifiers in the paper's order of data sets, each once, unknown ones last in the order they came. */
export function inDatasetOrder(ids: Iterable<string>): string[] {
  return inOrder(Object.keys(DATASET_TITLES), ids);
}

function inOrder(order: readonly string[], ids: Iterable<string>): string[] {
  const place = (id: string) => order.includes(id) ? order.indexOf(id) : order.length;
  return [...new Set(ids)].sort((a, b) => place(a) - place(b));
}

function lookUp(titles: Readonly<Record<string, string>>, id: string): string | undefined {
  return Object.hasOwn(titles, id) ? titles[id] : undefined;
}
