import assert from "node:assert/strict";
import { decisionMap, lattice } from "../../../lib/plots/figures/decision_map.ts";
import { packed } from "../../../lib/plots/figures/figure.ts";
import { hyperparameters } from "../../../lib/plots/figures/hyperparameters.ts";
import { lines } from "../../../lib/plots/figures/lines.ts";
import { reverseNetwork } from "../../../lib/plots/figures/reverse_network.ts";
import { unrolledAttack } from "../../../lib/plots/figures/unrolled_attack.ts";
import { table } from "../../../lib/plots/page/table.ts";
import { palette } from "../../../lib/plots/palette.ts";
import { figure3Rows } from "../sample_rows.ts";

Deno.test("a lattice covers the square, x running fastest", () => {
  const { xs, ys, points } = lattice(2, 3, [10, 20]);
  assert.deepEqual([xs, ys], [[8, 10, 12], [18, 20, 22]]);
  assert.deepEqual([...points.slice(0, 8)], [8, 18, 10, 18, 12, 18, 8, 20]);
  assert.deepEqual(lattice(2, 3).xs, [-2, 0, 2]);
});

Deno.test("a decision map's rows are x2 and its columns x1", () => {
  const map = lattice(1, 3);
  const predicted = Array.from({ length: 9 }, (_, i) => map.points[2 * i]! > 0 ? 1 : 0);
  const [regions] = decisionMap(map, predicted, { alt: "" }).data;
  assert.deepEqual(regions!.z, packed(Uint8Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1), 3));
});

const straight: readonly [string, { a: number; b: number; c: number }][] = [
  ["steep", { a: 2, b: 1, c: -1 }],
  ["flat", { a: -0.5, b: 3, c: 1 }],
  ["vertical", { a: 1, b: 0, c: 0.5 }],
  ["horizontal", { a: 0, b: 1, c: 0.5 }],
];

for (const [name, line] of straight) {
  Deno.test(`a decision map draws a ${name} line through points that lie on it`, () => {
    const { data } = decisionMap(lattice(3, 2), [0, 0, 0, 0], {
      lines: [{ name, ...line }],
      alt: "",
    });
    const { x, y } = data[1] as unknown as { x: number[]; y: number[] };
    for (const i of [0, 1]) {
      assert.ok(Math.abs(line.a * x[i]! + line.b * y[i]! - line.c) < 1e-12);
      assert.ok(Math.max(Math.abs(x[i]!), Math.abs(y[i]!)) >= 3 - 1e-12, "it crosses the square");
    }
  });
}

Deno.test("a decision map splits samples by class", () => {
  const samples = { points: [0, 1, 2, 3, 4, 5], labels: [1, 0, 1] };
  const { data } = decisionMap(lattice(1, 2), [0, 0, 0, 0], { samples, alt: "" });
  assert.deepEqual(data.slice(1).map(({ name, x, y }) => [name, x, y]), [
    ["class 0", [2], [3]],
    ["class 1", [0, 4], [1, 5]],
  ]);
});

Deno.test("lines give a method its name and colour, and other curves colours of their own", () => {
  const curve = { x: [0, 1], y: [0, 1] };
  const options = { x: "x", y: "y", alt: "lines." };
  const { data, alt } = lines(
    [{ name: "deep_defense", ...curve }, { name: "a < b", ...curve }],
    { ...options, title: "T" },
  );
  assert.deepEqual(data.map(({ name }) => name), ["Deep Defense", "a &lt; b"]);
  assert.equal((data[0]!.line as { color: string }).color, palette.deep_defense);
  assert.equal(
    Object.values<string>(palette).includes((data[1]!.line as { color: string }).color),
    false,
  );
  assert.equal(alt, "T: lines.");
});

Deno.test("Figure 1 has a box for every layer, one for its reverse, and what they share", () => {
  const pairs = [{ name: "fc1", shape: [5], shares: "weights" }, { name: "flatten", shape: [5] }];
  const texts = (reverseNetwork([1, 2, 3], pairs).layout.annotations as { text: string }[])
    .map(({ text }) => text).filter(Boolean);
  for (const wanted of ["fc1 [5]", "reverse fc1", "flatten [5]", "reverse flatten", "weights"]) {
    assert.ok(texts.includes(wanted), wanted);
  }
  assert.equal(texts.filter((text) => text === "weights").length, 1);
});

Deno.test("Figure 1 unrolled has a network, its reverse and a step for every iteration, and their sum", () => {
  const { layout } = unrolledAttack(2);
  const texts = (layout.annotations as { text: string }[]).map(({ text }) => text);
  for (const wanted of ["x₀ = x", "x₁", "x₂", "f(x₀; W)", "f(x₁; W)", "r₀", "r₁"]) {
    assert.ok(texts.includes(wanted), wanted);
  }
  assert.equal(texts.filter((text) => text === "reverse f").length, 2);
  assert.ok(texts.includes("Δ<sub>x</sub> = r₀ + r₁"));
  const dashed = (layout.shapes as { line: { dash: string } }[])
    .filter(({ line }) => line.dash === "dash");
  assert.equal(dashed.length, 3, "f with its reverse, twice, and f with f");
});

Deno.test("a decision map shows the square that another one shows closer", () => {
  const { layout } = decisionMap(lattice(3, 2), [0, 0, 0, 0], {
    closeUp: lattice(0.5, 2, [1, -1]),
    alt: "",
  });
  const [{ x0, x1, y0, y1 }] = layout.shapes as [Record<string, number>];
  assert.deepEqual([x0, x1, y0, y1], [0.5, 1.5, -1.5, -0.5]);
});

Deno.test("a table escapes text, writes gaps as dashes and a column's numbers alike", () => {
  const { html } = table(
    [{ "a<b": "<i>", n: 99, m: 1234 }, { "a<b": null, n: 98.76, m: 5 }],
    "Rows & more",
  );
  const cells = [...html.matchAll(/<t[hd](?: [^>]*)?>([^<]*)</g)].map(([, text]) => text);
  assert.deepEqual(cells, ["a&lt;b", "n", "m", "&lt;i&gt;", "99.0", "1,234", "–", "98.8", "5"]);
  assert.match(html, /<caption[^>]*>Rows &amp; more</);
});

Deno.test("a curve of λ has the colour and the marker that it has in Figure 3", () => {
  const looks = (traces: readonly { readonly [key: string]: unknown }[]) =>
    traces.map(({ name, line, marker }) => [
      name,
      (line as { color: string }).color,
      (marker as { symbol: string }).symbol,
    ]);
  const curves = [5, 15, 25].map((lambda) => ({ name: `λ = ${lambda}`, x: [0, 1], y: [0, 1] }));
  const { data } = lines(curves, { x: "x", y: "y", alt: "" });
  assert.deepEqual(looks(data), looks(hyperparameters(figure3Rows()).data));
});

Deno.test("more curves than there are colours are told apart by dashes", () => {
  const curves = Array.from(
    { length: 9 },
    (_, i) => ({ name: `model ${i}`, x: [0, 1], y: [0, 1] }),
  );
  const { data } = lines(curves, { x: "x", y: "y", alt: "" });
  const looks = data.map(({ line }) => JSON.stringify(line));
  assert.equal(new Set(looks).size, 9);
  assert.doesNotMatch(looks[0]!, /dash/);
});
