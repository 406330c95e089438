import assert from "node:assert/strict";
import {
  categorical,
  methodColor,
  methodSymbol,
  palette,
  sequential,
  translucent,
} from "../../lib/plots/palette.ts";
import { datasetTitle, inMethodOrder, methodTitle, networkTitle } from "../../lib/plots/titles.ts";
import { methodNames } from "../../lib/experiments/methods.ts";

Deno.test("titles are the paper's, and unknown identifiers their own", () => {
  assert.equal(methodTitle("parseval"), "Par. Train");
  assert.equal(methodTitle("deep_defense_adv_train_2"), "Deep Defense + Adv. Train II");
  assert.equal(networkTitle("resnet18"), "ResNet-18");
  assert.equal(datasetTitle("cifar10"), "CIFAR-10");
  assert.equal(datasetTitle("idx:fashion-mnist"), "fashion-mnist");
  assert.equal(methodTitle("constructor"), "constructor");
});

Deno.test("every method has a colour and a marker of its own", () => {
  assert.equal(new Set(methodNames.map(methodColor)).size, methodNames.length);
  assert.equal(new Set(methodNames.map(methodSymbol)).size, methodNames.length);
  assert.deepEqual(Object.keys(palette), [...methodNames]);
  assert.equal(methodColor("toString"), "#8c8c8c");
});

/** The relative luminance of `#rrggbb`, as the Web Content Accessibility Guidelines define it. */
function luminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

Deno.test("colours of settings and of kinds are no method's, and stand out from both pages", () => {
  const methods = Object.values(palette);
  for (const color of [...sequential, ...categorical]) {
    assert.ok(!methods.includes(color), color);
    const [light, dark] = ["#ffffff", "#14181d"].map((page) => luminance(page) + 0.05);
    assert.ok(light! / (luminance(color) + 0.05) >= 3, `${color} on white`);
    assert.ok((luminance(color) + 0.05) / dark! >= 3, `${color} on dark`);
  }
  const order = sequential.map(luminance);
  assert.deepEqual(order, order.toSorted((a, b) => b - a));
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
