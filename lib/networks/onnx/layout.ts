import { size } from "../../engine/nd_array.ts";
import { type AxisLayout, batchSize, type Flow, layoutOf } from "./values.ts";

/** A value with a layout in the file. */
export function laidOut(x: Flow, layout: AxisLayout): Flow {
  const { layout: _, ...plain } = x;
  return spelled(layout) === spelled(layoutOf(plain)) ? plain : { ...plain, layout };
}

/** A value with the layout of another one with the same number of axes. */
export function alike(x: Flow, made: Flow): Flow {
  return laidOut(made, layoutOf(x));
}

/** Whether two values have the same layout in the file. */
export function areAlike(x1: Flow, x2: Flow): boolean {
  return spelled(layoutOf(x1)) === spelled(layoutOf(x2));
}

function spelled(layout: AxisLayout): string {
  return layout.map((axes) => axes.join("+")).join();
}

/** The file's shape of a value, for messages: [L, 2 N, D]. */
export function spelledShape(shape: readonly number[]): string {
  const extents = shape.map((extent) => {
    if (extent % batchSize !== 0 || extent === 0) return `${extent}`;
    return extent === batchSize ? "N" : `${extent / batchSize} N`;
  });
  return `[${extents.join(", ")}]`;
}

/**
 * The layout and a sample's shape after the file reshapes a value; undefined where that
 * mixes samples. Where the batch is a number, it may match several axes: an axis equal to it is preferred, then one that
 * begins with it.
 *
 * @param target The file's shape.
 * @param batch The number that stands for the batch in it.
 */
export function reshapedLayout(
  x: Flow,
  target: readonly number[],
  batch: number,
): { shape: readonly number[]; layout: AxisLayout } | undefined {
  const order = layoutOf(x).flat();
  const outer = size(order.slice(0, order.indexOf(0)).map((axis) => x.shape[axis - 1]!));
  if (size(target) !== batch * size(x.shape)) return undefined;
  const places = target.flatMap((extent, at) => {
    // The batch's axis of the file is [before, N, after].
    const before = outer / size(target.slice(0, at));
    const after = extent / batch / before;
    const fits = [before, after].every((one) => Number.isInteger(one) && one >= 1);
    return fits ? [{ at, before, after }] : [];
  });
  const place = places.find(({ before, after }) => before === 1 && after === 1) ??
    places.find(({ at, before }) => before === 1 && at < target.length - 1) ?? places[0];
  if (!place) return undefined;
  const { at, before, after } = place;
  const [left, right] = [before, after].map((extent) => extent === 1 ? [] : [extent]);
  const [first, last] = [target.slice(0, at), target.slice(at + 1)];
  let next = 1;
  const numbered = (extents: readonly number[]) => extents.map(() => next++);
  const apart = (extents: readonly number[]) => numbered(extents).map((axis) => [axis]);
  return {
    shape: [...first, ...left!, ...right!, ...last],
    layout: [...apart(first), [...numbered(left!), 0, ...numbered(right!)], ...apart(last)],
  };
}
