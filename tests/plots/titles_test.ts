import assert from "node:assert/strict";
import { methodColor, methodSymbol, palette, translucent } from "../../lib/plots/palette.ts";
import {
  datasetTitle,
  inMethodOrder,
  METHODS,
  methodTitle,
  networkTitle,
} from "../../lib/plots/titles.ts";

Deno.test("titles are the paper's, and unknown identifiers their own", () => {
  assert.equal(methodTitle("parseval"), "Par. Train");
  assert.equal(methodTitle("deep_defense_adv_train_2"), "Deep Defense + Adv. Train II");
  assert.equal(networkTitle("resnet18"), "ResNet-18");
  assert.equal(datasetTitle("cifar10"), "CIFAR-10");
  assert.equal(datasetTitle("idx:fashion-mnist"), "fashion-mnist");
  assert.equal(methodTitle("constructor"), "constructor");
});

Deno.test("every method has a colour and a marker of its own", () => {
  assert.equal(new Set(METHODS.map(methodColor)).size, METHODS.length);
  assert.equal(new Set(METHODS.map(methodSymbol)).size, METHODS.length);
  assert.deepEqual(Object.keys(palette), [...METHODS]);
  assert.equal(methodColor("toString"), "#8c8c8c");
});

Deno.test("colours stay: figures of different days are compared", () => {
  assert.equal(palette.deep_defense, "#d55e00");
  assert.equal(palette.reference, "#8c8c8c");
  assert.equal(translucent("#d55e00", 0.5), "rgba(213,94,0,0.5)");
});

Deno.test("methods stand in the paper's order, unknown ones last", () => {
  assert.deepEqual(inMethodOrder(["mine", "deep_defense", "clean", "deep_defense", "reference"]), [
    "reference",
    "clean",
    "deep_defense",
    "mine",
  ]);
});
