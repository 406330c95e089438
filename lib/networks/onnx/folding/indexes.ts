import { size } from "../../../engine/nd_array.ts";

/** The position of each element in an array of another shape, broadcast from the last axis. */
export function indexesFrom(shape: readonly number[], source: readonly number[]): number[] {
  const strides = stridesOf(source);
  return Array.from({ length: size(shape) }, (_, flat) => {
    let at = 0;
    for (let axis = shape.length - 1, left = flat; axis >= 0; axis--) {
      const own = axis - shape.length + source.length;
      const place = left % shape[axis]!;
      left = Math.floor(left / shape[axis]!);
      if (own >= 0 && source[own] !== 1) at += place * strides[own]!;
    }
    return at;
  });
}

/** The distance between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => size(shape.slice(axis + 1)));
}
