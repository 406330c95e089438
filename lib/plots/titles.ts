import { datasets, sourceOf } from "../data/datasets.ts";
import { methodNames, methods } from "../experiments/methods.ts";
import { networkRecord, networks } from "../networks/catalogue.ts";

/** The paper's name for a method; an unknown identifier is its own title. */
export function methodTitle(id: string): string {
  return methods.find((method) => method.id === id)?.title ?? id;
}

/** The paper's name for a network; an unknown identifier is its own title. */
export function networkTitle(id: string): string {
  return networkRecord(id)?.title ?? id;
}

/** The paper's name for a data set; `idx:NAME` is NAME, an unknown identifier its own title. */
export function datasetTitle(id: string): string {
  const source = sourceOf(id);
  if (source?.id === id) return source.title ?? id;
  return source && !source.title ? id.slice(source.id.length + 1) : id;
}

/** Identifiers in the paper's order of methods, each once, unknown ones last in the order they came. */
export function inMethodOrder(ids: Iterable<string>): string[] {
  return inOrder(methodNames, ids);
}

/** Identifiers in the paper's order of networks, each once, unknown ones last in the order they came. */
export function inNetworkOrder(ids: Iterable<string>): string[] {
  return inOrder(Object.keys(networks), ids);
}

/** Identifiers in the paper's order of data sets, each once, unknown ones last in the order they came. */
export function inDatasetOrder(ids: Iterable<string>): string[] {
  return inOrder(datasets.map(({ id }) => id), ids);
}

function inOrder(order: readonly string[], ids: Iterable<string>): string[] {
  const place = (id: string) => order.includes(id) ? order.indexOf(id) : order.length;
  return [...new Set(ids)].sort((a, b) => place(a) - place(b));
}
