import { type Dataset, pictureShape, type Split } from "../../data/dataset.ts";
import {
  axis,
  axisName,
  type Figure,
  frame,
  type Layout,
  panelHeading,
} from "../figures/figure.ts";
import type { Frame, Trace } from "../figures/figure.ts";
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
      return [picture(pixels, width, column), bars(method, own, column)];
    });
  const frames = sizes.map((size, at): Frame => ({
    name: size.toFixed(2),
    data: tracesAt(at),
    traces: series.flatMap((_, column) => [2 * column, 2 * column + 1]),
  }));
  return {
    data: tracesAt(start),
    layout: layout(series.map(({ method }) => method), frames, start),
    frames,
    alt: `A test image of class ${dataset.test.labels[index]} under a growing perturbation: what ${
      series.map(({ method }) => methodTitle(method)).join(" and ")
    } see, and what they predict. The slider sets the perturbation's size relative to the image's.`,
  };
}

/** Pixels as a heat map, whose rows go down. */
function picture(pixels: ArrayLike<number>, width: number, column: number): Trace {
  const rows = Array.from(
    { length: pixels.length / width },
    (_, row) => Array.from({ length: width }, (_, x) => clipped(pixels[row * width + x]!)),
  );
  return {
    type: "heatmap",
    z: rows,
    zmin: 0,
    zmax: 255,
    colorscale: [[0, "#000000"], [1, "#ffffff"]],
    showscale: false,
    hoverinfo: "skip",
    ...panel(2 * column),
  };
}

function clipped(pixel: number): number {
  return Math.min(255, Math.max(0, Math.round(pixel)));
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
): Layout {
  const plotHeight = imageHeight + gap + barsHeight;
  const [below, above] = [[0, barsHeight / plotHeight], [1 - imageHeight / plotHeight, 1]];
  const axes = methods.flatMap((_, column) => {
    const space = 0.08;
    const width = (1 - space * (methods.length - 1)) / methods.length;
    const domain = [column * (width + space), column * (width + space) + width];
    const [image, bar] = [2 * column, 2 * column + 1];
    const hidden = { visible: false, fixedrange: true, constrain: "domain" };
    return [
      [axisName("x", image, "layout"), {
        ...hidden,
        domain,
        anchor: axisName("y", image, "trace"),
      }],
      [axisName("y", image, "layout"), {
        ...hidden,
        domain: above,
        anchor: axisName("x", image, "trace"),
        autorange: "reversed",
        scaleanchor: axisName("x", image, "trace"),
      }],
      [
        axisName("x", bar, "layout"),
        axis("x", "class", {
          domain,
          dtick: 1,
          fixedrange: true,
          anchor: axisName("y", bar, "trace"),
        }),
      ],
      [
        axisName("y", bar, "layout"),
        axis("y", "", {
          domain: below,
          range: [0, 1],
          fixedrange: true,
          tickformat: ".0%",
          showticklabels: column === 0,
          nticks: 3,
          anchor: axisName("x", bar, "trace"),
        }),
      ],
    ];
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
