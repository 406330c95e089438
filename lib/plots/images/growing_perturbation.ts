import { type Dataset, pictureShape, type Split } from "../../data/dataset.ts";
import {
  axis,
  axisName,
  type Figure,
  type Frame,
  frame,
  type Layout,
  packed,
  panelHeading,
  type Trace,
} from "../figures/figure.ts";
import { methodColor, translucent } from "../palette.ts";
import { methodTitle } from "../titles.ts";

/** What a network makes of an image that moves farther and farther. */
export interface GrowingSeries {
  /** How the network was trained; any other name is shown as it is. */
  readonly method: string;
  /** The moved images, one after the other, in the units of the dataset's images. */
  readonly images: Float32Array;
  /** The logits of every moved image, one after the other. */
  readonly logits: Float32Array;
}

/** How an image is moved. */
export interface GrowingOptions {
  /** The index of the test image. */
  readonly index: number;
  /** ||Delta_x|| / ||x|| of every moved image, ascending. */
  readonly sizes: readonly number[];
  /** Which size is shown first, by index; the first one unless given. */
  readonly start?: number;
}

const [imageHeight, barsHeight, gap] = [200, 130, 34];
const plotHeight = imageHeight + gap + barsHeight;
const space = 0.08; // between the columns, a fraction of the width
const margins = { l: 48, r: 12, t: 34, b: 120 };

/**
 * A grey test image under a growing perturbation, with a slider for its size: above the image as each network gets it, below
 * the probabilities that the network gives to the classes, the predicted one in full colour.
 *
 * @throws {RangeError} when the dataset's inputs are not grey pictures.
 */
export function growingPerturbation(
  dataset: Dataset<Split>,
  series: readonly GrowingSeries[],
  { index, sizes, start = 0 }: GrowingOptions,
): Figure {
  const shape = pictureShape(dataset);
  if (shape?.[0] !== 1) {
    throw new RangeError(
      `drawing ${dataset.title}: expected grey images, got [${dataset.inputShape}]`,
    );
  }
  const [, height, width] = shape;
  const length = height * width;
  const tracesAt = (at: number) =>
    series.flatMap(({ method, images, logits }, column) => {
      const image = images.subarray(at * length, (at + 1) * length);
      const own = logits.subarray(at * dataset.classes, (at + 1) * dataset.classes);
      const pixels = dataset.toPixels(image, "test", index);
      return [picture(pixels, height, column), bars(method, own, column)];
    });
  const frames = sizes.map((size, at): Frame => ({
    name: size.toFixed(2),
    data: tracesAt(at),
    traces: series.flatMap((_, column) => [2 * column, 2 * column + 1]),
  }));
  return {
    data: tracesAt(start),
    layout: layout(series.map(({ method }) => method), frames, start, [height, width]),
    frames,
    alt: `A test image of class ${dataset.test.labels[index]} under a growing perturbation: what ${
      series.map(({ method }) => methodTitle(method)).join(" and ")
    } see, and what they predict. The slider sets the perturbation's size relative to the image's.`,
  };
}

/** Pixels as a heat map. */
function picture(pixels: ArrayLike<number>, height: number, column: number): Trace {
  const bytes = new Uint8Array(Uint8ClampedArray.from(pixels).buffer);
  return {
    type: "heatmap",
    z: packed(bytes, height),
    zmin: 0,
    zmax: 255,
    colorscale: [[0, "#000000"], [1, "#ffffff"]],
    showscale: false,
    hoverinfo: "skip",
    ...panel(2 * column),
  };
}

function bars(method: string, logits: ArrayLike<number>, column: number): Trace {
  const probabilities = softmax(logits);
  const largest = Math.max(...probabilities);
  const color = methodColor(method);
  return {
    type: "bar",
    x: probabilities.map((_, label) => label),
    y: probabilities.map((p) => Number(p.toFixed(4))),
    marker: { color: probabilities.map((p) => p === largest ? color : translucent(color, 0.35)) },
    showlegend: false,
    hovertemplate: "class %{x}: %{y:.1%}<extra></extra>",
    ...panel(2 * column + 1),
  };
}

function softmax(logits: ArrayLike<number>): number[] {
  const all = Array.from(logits);
  const largest = Math.max(...all);
  const powers = all.map((logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

/** A trace's axes. */
function panel(index: number) {
  return { xaxis: axisName("x", index, "trace"), yaxis: axisName("y", index, "trace") };
}

function layout(
  methods: readonly string[],
  frames: readonly Frame[],
  start: number,
  shape: readonly [height: number, width: number],
): Layout {
  const width = (1 - space * (methods.length - 1)) / methods.length;
  const axes = methods.flatMap((_, column) => {
    const left = column * (width + space);
    const across = [left, left + width];
    return [...imageAxes(2 * column, across, shape), ...barAxes(2 * column + 1, across)];
  });
  return frame({
    ...Object.fromEntries(axes),
    hovermode: "closest",
    margin: margins,
    height: plotHeight + margins.t + margins.b,
    annotations: methods.map((method, column) => panelHeading(methodTitle(method), 2 * column)),
    sliders: [slider(frames, start)],
  });
}

/** An image's axes by name, unseen, their pixels square. */
function imageAxes(
  index: number,
  across: readonly number[],
  [height, width]: readonly [height: number, width: number],
): [name: string, axis: Layout][] {
  const { xaxis, yaxis } = panel(index);
  const hidden = { visible: false, fixedrange: true, constrain: "domain" };
  return [
    [axisName("x", index, "layout"), {
      ...hidden,
      domain: across,
      anchor: yaxis,
      range: [-0.5, width - 0.5],
    }],
    [axisName("y", index, "layout"), {
      ...hidden,
      domain: [1 - imageHeight / plotHeight, 1],
      anchor: xaxis,
      range: [height - 0.5, -0.5],
      scaleanchor: xaxis,
    }],
  ];
}

/** The axes of the bars by name; only the first panel says what the heights are. */
function barAxes(index: number, across: readonly number[]): [name: string, axis: Layout][] {
  const { xaxis, yaxis } = panel(index);
  const still = { fixedrange: true };
  return [
    [
      axisName("x", index, "layout"),
      axis("x", "class", { ...still, domain: across, anchor: yaxis, dtick: 1 }),
    ],
    [
      axisName("y", index, "layout"),
      axis("y", "", {
        ...still,
        domain: [0, barsHeight / plotHeight],
        anchor: xaxis,
        range: [0, 1],
        ...(index === 1 ? { tickformat: ".0%" } : { showticklabels: false }),
        nticks: 3,
      }),
    ],
  ];
}

function slider(frames: readonly Frame[], start: number): Layout {
  const still = { duration: 0 };
  return {
    active: start,
    pad: { t: 56 },
    currentvalue: { prefix: "‖Δ<sub>x</sub>‖ / ‖x‖ = ", xanchor: "left" },
    steps: frames.map(({ name }) => ({
      label: name,
      method: "animate",
      args: [[name], { mode: "immediate", frame: { ...still, redraw: true }, transition: still }],
    })),
  };
}
