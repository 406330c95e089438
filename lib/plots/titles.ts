/** The identifiers of the training methods, in the order of the paper's tables. */
export const METHODS = [
  "reference",
  "clean",
  "parseval",
  "adv_train_1",
  "adv_train_2",
  "deep_defense",
  "deep_defense_adv_train_2",
] as const;

/** A training method's identifier, as in flags, columns and file names. */
export type Method = typeof METHODS[number];

const METHOD_TITLES: Readonly<Record<Method, string>> = {
  reference: "Reference",
  clean: "Clean",
  parseval: "Par. Train",
  adv_train_1: "Adv. Train I",
  adv_train_2: "Adv. Train II",
  deep_defense: "Deep Defense",
  deep_defense_adv_train_2: "Deep Defense + Adv. Train II",
};

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
  return lookUp(METHOD_TITLES, id) ?? id;
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
  return inOrder(METHODS, ids);
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
