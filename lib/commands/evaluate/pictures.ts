import { ascending, descending } from "d3-array";
import type { Evaluation } from "../../metrics/evaluation/evaluation.ts";
import { attackedGrid } from "../../plots/images/attacked_grid.ts";
import type { ReportSection } from "../../plots/page/report.ts";
import type { TestImages } from "../shared/test_images.ts";

/** Images of each kind that are shown of a model. */
const shown = 6;

/** The images that resist least and most, of those that a model predicts right. */
export function pictureSections(
  name: string,
  evaluation: Evaluation,
  dataset: TestImages,
): ReportSection[] {
  const { norms, labels, predicted } = evaluation;
  const right = [...labels.keys()].filter((i) => labels[i] === predicted[i]);
  const kinds = [
    { kind: "easiest", what: "smallest", order: ascending },
    { kind: "hardest", what: "largest", order: descending },
  ];
  return kinds.map(({ kind, what, order }) => {
    const places = right.toSorted((a, b) => order(norms[a], norms[b]) || a - b).slice(0, shown);
    const indices = places.map((place) => dataset.names[place]!.index);
    return {
      heading: `${name}: the ${kind} images to attack`,
      text: places.length === 0
        ? "No image is predicted right."
        : `Of the images that are predicted right, those with the ${what} known perturbations: test images ${
          indices.join(", ")
        }. Where no attack succeeds, no perturbation is shown.`,
      content: places.length === 0
        ? []
        : [attackedGrid(dataset, places, picked(evaluation, places))],
    };
  });
}

/** What came of some images. */
function picked(
  { perturbations, predicted, fooledAs, ratios, count }: Evaluation,
  places: number[],
) {
  const length = perturbations.length / count;
  const rows = new Float32Array(places.length * length);
  places.forEach((place, i) =>
    rows.set(perturbations.subarray(place * length, (place + 1) * length), i * length)
  );
  return {
    perturbations: rows,
    predicted: Uint16Array.from(places, (place) => predicted[place]!),
    fooledAs: Uint16Array.from(places, (place) => fooledAs[place]!),
    ratios: Float32Array.from(
      places,
      (place) => Number.isFinite(ratios[place]) ? ratios[place]! : NaN,
    ),
  };
}
