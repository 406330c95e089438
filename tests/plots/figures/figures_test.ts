import assert from "node:assert/strict";
import {
  accuracyAgainstEpsilon,
  epsilonCurves,
} from "../../../lib/plots/figures/accuracy_against_epsilon.ts";
import { convergence } from "../../../lib/plots/figures/convergence.ts";
import { caption, packed, template } from "../../../lib/plots/figures/figure.ts";
import { ratioDistribution } from "../../../lib/plots/figures/ratio_distribution.ts";
import { scaling } from "../../../lib/plots/figures/scaling.ts";
import { display } from "../../../lib/plots/page/notebook.ts";
import { palette } from "../../../lib/plots/palette.ts";
import { figure2Rows, table1Row } from "../sample_rows.ts";
import { methodNames } from "../../../lib/experiments/methods.ts";

const METHODS = ["clean", "deep_defense"];

Deno.test("a caption begins with a capital, but a symbol stays as it is", () => {
  assert.equal(caption(undefined, "distribution of norms"), "Distribution of norms");
  assert.equal(caption(undefined, "ρ₂ of DeepFool"), "ρ₂ of DeepFool");
  assert.equal(caption("MLP", "distribution of norms"), "MLP: distribution of norms");
});

Deno.test("convergence draws a trace a method in every panel, in the method's colour", () => {
  const { data, layout, narrow } = convergence(figure2Rows(["lenet", "mlp"], METHODS, [0]));
  assert.equal(data.length, METHODS.length * 2 * 2);
  assert.deepEqual(data.map((trace) => trace.xaxis), [
    "x",
    "x",
    "x2",
    "x2",
    "x3",
    "x3",
    "x4",
    "x4",
  ]);
  assert.deepEqual(data.map((trace) => trace.showlegend).filter(Boolean).length, METHODS.length);
  for (const trace of data) {
    const { color } = trace.line as { color: string };
    assert.equal(color, palette[trace.legendgroup as keyof typeof palette]);
  }
  const headings = (layout.annotations as { text: string }[]).map(({ text }) => text);
  assert.deepEqual(headings, ["<b>MLP</b>", "<b>MLP</b>", "<b>LeNet</b>", "<b>LeNet</b>"]);
  assert.ok(Number(narrow?.height) > Number(layout.height), "one column is higher than two");
});

Deno.test("convergence draws the seeds' mean in a band", () => {
  const { data } = convergence(figure2Rows(["mlp"], ["clean"], [0, 1, 2]));
  const [band, line] = data;
  assert.equal(band?.fill, "toself");
  assert.equal(band?.showlegend, false);
  assert.equal((band?.x as number[]).length, 12);
  const [mean] = line?.y as number[];
  assert.ok(Math.abs((mean ?? 0) - 0.9801) < 1e-12);
});

Deno.test("convergence draws curves of many epochs without markers, and with nothing said of them", () => {
  const [row] = figure2Rows(["convnet"], ["deep_defense"], [0]);
  const rows = Array.from({ length: 51 }, (_, epoch) => ({ ...row!, epoch }));
  for (const trace of convergence(rows).data) {
    assert.equal(trace.mode, "lines");
    assert.deepEqual([trace.marker, trace.cliponaxis], [undefined, undefined]);
  }
});

Deno.test("convergence leaves a gap where an epoch has no measure", () => {
  const rows = figure2Rows(["mlp"], ["clean"], [0]).map((row) =>
    row.epoch === 3 ? { ...row, rho2: null } : row
  );
  const { data } = convergence(rows);
  assert.equal((data[1]?.y as (number | null)[])[3], null);
});

Deno.test("convergence draws the paper's Table 1 where its curves begin and end", () => {
  const paper = ["reference", "deep_defense", "parseval"].map((method) => (
    { network: "mlp", method, accuracy: 0.98, rho2: 0.2, fgs: [0.7, 0.3, 0] as const }
  ));
  const rows = figure2Rows(["mlp"], METHODS, [0]);
  const { data, alt } = convergence(rows, { paper });
  const own = data.filter(({ legendgroup }) => legendgroup === "paper");
  const last = Math.max(...rows.map(({ epoch }) => epoch));
  assert.deepEqual(own.map(({ x, y, showlegend }) => [x, y, showlegend]), [
    [[0, last], [0.98, 0.98], true],
    [[0, last], [0.2, 0.2], false],
  ]);
  assert.match(alt, /Open markers: the paper's Table 1/);
  assert.doesNotMatch(convergence(rows).alt, /Open/);
});

Deno.test("scaling draws a line for every network, kind of step and number of workers", () => {
  const rows = ["lenet", "mlp"].flatMap((network) =>
    ["clean", "deep_defense"].flatMap((step) =>
      [1, 2].flatMap((workers) =>
        [25, 100].map((batch) => ({
          network,
          step,
          workers,
          batch,
          ms: batch / workers,
          peak_gflops: 1,
        }))
      )
    )
  );
  const { data, layout, alt } = scaling(rows);
  assert.equal(data.length, 8);
  assert.deepEqual(data[0]?.y, [25, 100]);
  assert.deepEqual(data[1]?.y, [12.5, 50]);
  assert.deepEqual(data.map(({ xaxis }) => xaxis), [...Array(4).fill("x"), ...Array(4).fill("x2")]);
  assert.equal((layout.xaxis as { type: string }).type, "log");
  assert.match(alt, /MLP and LeNet .* 1 and 2 workers/);
});

Deno.test("ratioDistribution's shares sum to one and its marks are the means", () => {
  const before = Float32Array.from({ length: 1000 }, (_, i) => 0.1 + 0.1 * (i / 999));
  const after = [...Array<number>(999).fill(0.3), 30, NaN];
  const { data, layout, alt } = ratioDistribution([
    { method: "reference", ratios: before },
    { method: "deep_defense", ratios: after },
  ]);
  for (const trace of data) {
    const total = (trace.y as number[]).reduce((sum, share) => sum + share, 0);
    assert.ok(Math.abs(total - 1) < 1e-12, `shares sum to ${total}`);
  }
  const means = (layout.shapes as { x0: number }[]).map(({ x0 }) => x0);
  assert.ok(Math.abs(means[0]! - 0.15) < 1e-6);
  assert.ok(Math.abs(means[1]! - (999 * 0.3 + 30) / 1000) < 1e-12);
  const [, end] = (layout.xaxis as { range: number[] }).range;
  assert.ok(end! < 0.31, "one outlier does not stretch the axis");
  assert.match(alt, /Reference 0\.150, Deep Defense 0\.330/);
});

Deno.test("the histograms of seven methods stand one under the other, each below its own label", () => {
  const series = methodNames.map((method, i) => ({ method, ratios: [0.1 * i, 0.1 * i + 0.05] }));
  const { data, layout, alt } = ratioDistribution(series, { title: "MLP" });
  const rows = data.map(({ yaxis }, i) => {
    assert.equal(yaxis, i === 0 ? "y" : `y${i + 1}`);
    return layout[`yaxis${i === 0 ? "" : i + 1}`] as { domain: number[]; range: number[] };
  });
  for (const [i, { domain, range }] of rows.entries()) {
    const gap = ((rows[i - 1]?.domain[0] ?? 1) - domain[1]!) * Number(layout.height);
    assert.ok(gap > 20, `room for a label above row ${i}: ${gap} px`);
    assert.deepEqual(range, rows[0]!.range);
  }
  assert.ok(Math.abs(rows.at(-1)!.domain[0]!) < 1e-9);
  const labels = (layout.annotations as { text: string; yref: string }[]).slice(1);
  assert.deepEqual(labels.map(({ yref }) => yref), data.map(({ yaxis }) => `${yaxis} domain`));
  assert.match(labels[5]!.text, /^Deep Defense, <b>ρ₂ = 0\.525<\/b>$/);
  assert.match(alt, /to a common scale/);
});

Deno.test("no tick has a prefix such as µ", () => {
  for (const theme of ["neutral", "light", "dark"] as const) {
    const { xaxis, yaxis } = template(theme).layout as {
      [key: string]: { [key: string]: unknown };
    };
    assert.deepEqual([xaxis!.exponentformat, yaxis!.exponentformat], ["none", "none"]);
  }
});

Deno.test("packed numbers are Plotly's typed arrays, rows by columns", () => {
  const six = packed(Uint8Array.of(0, 1, 2, 3, 4, 255), 2);
  assert.deepEqual(six, { dtype: "u1", bdata: "AAECAwT/", shape: "2, 3" });
});

Deno.test("ratioDistribution of nothing is still a figure", () => {
  const { data, layout, alt } = ratioDistribution([{ method: "reference", ratios: [] }]);
  assert.deepEqual(data[0]?.x, []);
  assert.match(alt, /over the test images\. No image has one\.$/);
  assert.deepEqual(layout.shapes, []);
  assert.deepEqual(ratioDistribution([]).data, []);
});

Deno.test("accuracyAgainstEpsilon marks eps_ref and keeps the paper's order", () => {
  const curve = { epsilons: [0, 10, 20], accuracies: [0.99, 0.9, 0.5] };
  const { data, layout, alt } = accuracyAgainstEpsilon(
    [{ method: "deep_defense", ...curve }, { method: "reference", ...curve }],
    { title: "LeNet", epsilonRef: 20 },
  );
  assert.deepEqual(data.map((trace) => trace.name), ["Reference", "Deep Defense"]);
  assert.equal((layout.shapes as { x0: number }[])[0]?.x0, 20);
  assert.match(alt, /^LeNet: test accuracy .* reference step 20\.0/);
  assert.deepEqual(accuracyAgainstEpsilon([]).layout.shapes, []);
});

Deno.test("epsilonCurves reads the table's rows", () => {
  const rows = [table1Row(), table1Row({ seed: 1, epsilon_ref: 22, accuracy: 0.9833 })];
  const { curves, epsilonRef } = epsilonCurves(rows);
  assert.equal(epsilonRef, 21);
  assert.deepEqual(curves[0]?.epsilons, [0, 4.2, 10.5, 21]);
  const clean = curves[0]?.accuracies[0];
  assert.ok(typeof clean === "object" && clean !== null);
  assert.equal(clean.count, 2);
  assert.ok(Math.abs(clean.mean - 0.9832) < 1e-12);
  assert.deepEqual(epsilonCurves([table1Row({ epsilon_ref: null })]).curves, []);
});

Deno.test("figures are plain JSON, and names from outside are text in them", () => {
  const figure = convergence(figure2Rows(["<i>net"], ["<b>mine"], [0, 1]));
  assert.deepEqual(JSON.parse(JSON.stringify(figure)), figure);
  assert.equal(figure.data.find((trace) => trace.name)?.name, "&lt;b&gt;mine");
});

Deno.test("display gives a notebook Plotly's type, HTML without a Plotly of its own, and text", () => {
  const figure = convergence(figure2Rows(["mlp"], ["clean"], [0]));
  const bundle = display(figure)[Symbol.for("Jupyter.display")]?.();
  const { "text/html": script, ...rest } = bundle as Record<string, string>;
  const { data, layout, narrow } = figure;
  assert.deepEqual(rest, {
    "application/vnd.plotly.v1+json": { data, layout, narrow },
    "text/plain": figure.alt,
  });
  assert.ok(script!.length < 3 * JSON.stringify(figure).length);
  const frames = [{ name: "a", data: [], traces: [] }];
  const moving = display({ ...figure, frames })[Symbol.for("Jupyter.display")]?.() as {
    [type: string]: { frames?: unknown };
  };
  assert.deepEqual(moving["application/vnd.plotly.v1+json"]!.frames, frames);
  assert.match(String(moving["text/html"]), /"frames":\[\{"name":"a"/);
  const html = display({ html: "<p>x</p>", alt: "x" })[Symbol.for("Jupyter.display")]?.();
  assert.deepEqual(html, { "text/html": "<p>x</p>", "text/plain": "x" });
});
