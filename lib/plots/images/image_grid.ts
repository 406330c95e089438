import { significant } from "../numbers.ts";
import { escapeHtml, type Html } from "../page/html.ts";
import { palette } from "../palette.ts";
import { pngDataUri } from "./png.ts";

/** An image, the attacked image, and the classes that a network predicts for both. */
export interface AttackedImage {
  /** Pixels 0-255, `[C, H, W]` with one channel (grey) or three (RGB). */
  readonly original: ArrayLike<number>;
  /** The attacked image, in the same form; it may leave 0-255 and is clipped for display only. */
  readonly perturbed: ArrayLike<number>;
  /** The true class. */
  readonly label: number;
  /** The class predicted for the original. */
  readonly predicted: number;
  /** The class predicted for the attacked image. */
  readonly fooledAs: number;
  /** ‖Δ_x‖ / ‖x‖, shown when given. */
  readonly ratio?: number;
}

/** What the images are and how they are shown. */
export interface ImageGridOptions {
  /** `[C, H, W]`, C 1 or 3. */
  readonly shape: readonly [number, number, number];
  /** The classes' names; without them classes are numbers. */
  readonly classNames?: readonly string[];
  /** The factor that makes perturbations visible; unless given, the largest possible one. */
  readonly amplify?: number;
}

/**
 * Pictures of an attack: original, perturbation and attacked image side by side, with the true and the
 * predicted classes, as HTML with the images inside. All perturbations are amplified by the same factor,
 * which is shown. Grey images show them blue where darker and orange where brighter; colour images as
 * offsets from mid-grey.
 *
 * @throws {RangeError} when the shape has neither one nor three channels, or an image another size.
 */
export function imageGrid(images: readonly AttackedImage[], options: ImageGridOptions): Html {
  const [channels, height, width] = options.shape;
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(`drawing images: expected 1 or 3 channels, got ${channels}`);
  }
  for (const { original, perturbed } of images) {
    checkLength(original, channels * height * width);
    checkLength(perturbed, channels * height * width);
  }
  const factor = options.amplify ?? amplification(images);
  const cards = images.map((image) => card(image, factor, options));
  const key = channels === 1 ? "; blue: darker, orange: brighter" : ", around mid-grey";
  return {
    html:
      `${styleHtml}<div class="dd-images" style="--aspect:${width}/${height}">${cards.join("")}` +
      `</div><p class="dd-images-key">Δ<sub>x</sub>: the perturbation in pixels` +
      `${factor === 1 ? "" : `, multiplied by ${factor}`}${key}.</p>`,
    alt: `${images.length} test images, their perturbations${times(factor)}, and the ` +
      "perturbed images with the classes predicted for them.",
  };
}

function card(image: AttackedImage, factor: number, options: ImageGridOptions): string {
  const name = (id: number) => escapeHtml(options.classNames?.[id] ?? String(id));
  const delta = Array.from(image.original, (pixel, at) => (image.perturbed[at] ?? pixel) - pixel);
  const wrong = image.predicted !== image.label ? ` class="dd-wrong"` : "";
  const fooled = image.fooledAs !== image.label ? ` class="dd-wrong"` : "";
  const size = image.ratio === undefined
    ? ""
    : `<br>‖Δ<sub>x</sub>‖ / ‖x‖ = ${significant(image.ratio)}`;
  const cells = [
    cell(picture(image.original, options.shape), `<span${wrong}>${name(image.predicted)}</span>`),
    cell(perturbation(delta, factor, options.shape), `Δ<sub>x</sub>${times(factor)}`),
    cell(picture(image.perturbed, options.shape), `<span${fooled}>${name(image.fooledAs)}</span>`),
  ];
  const alt = `Original, predicted ${name(image.predicted)}; perturbation; perturbed, predicted ` +
    name(image.fooledAs);
  return `<figure><div role="img" aria-label="${alt}">${cells.join("")}</div>` +
    `<figcaption>true class <b>${name(image.label)}</b>${size}</figcaption></figure>`;
}

/** How perturbations are amplified; nothing where they are shown as they are. */
function times(factor: number): string {
  return factor === 1 ? "" : ` × ${factor}`;
}

function cell(uri: string, caption: string): string {
  return `<span class="dd-cell"><img src="${uri}" alt=""><span>${caption}</span></span>`;
}

/** Planes of pixels `[C, H, W]` as a picture. */
function picture(pixels: ArrayLike<number>, [channels, height, width]: readonly number[]): string {
  const area = (height ?? 0) * (width ?? 0);
  const rgb = Uint8ClampedArray.from({ length: area * 3 }, (_, at) => {
    const plane = channels === 3 ? at % 3 : 0;
    return pixels[plane * area + Math.floor(at / 3)] ?? 0;
  });
  return pngDataUri(new Uint8Array(rgb.buffer), width ?? 0, height ?? 0);
}

/** Differences of pixels, amplified: colours from white on grey images, offsets from mid-grey on others. */
function perturbation(
  delta: readonly number[],
  factor: number,
  shape: readonly [number, number, number],
): string {
  if (shape[0] === 3) return picture(delta.map((value) => 127.5 + factor * value), shape);
  const planes = [1, 3, 5].map((at) =>
    delta.map((value) => {
      const color = value < 0 ? palette.deep_defense_adv_train_2 : palette.deep_defense;
      const full = Number.parseInt(color.slice(at, at + 2), 16);
      return 255 + (full - 255) * Math.min(1, Math.abs(value * factor) / 127.5);
    })
  );
  return picture(planes.flat(), [3, shape[1], shape[2]]);
}

/** The largest of 1, 2, 5, 10, 20, ... that keeps every perturbation within half of the range. */
function amplification(images: readonly AttackedImage[]): number {
  let largest = 0;
  for (const { original, perturbed } of images) {
    for (let at = 0; at < original.length; at++) {
      largest = Math.max(largest, Math.abs((perturbed[at] ?? 0) - (original[at] ?? 0)));
    }
  }
  const room = Math.min(1e4, Math.max(1, 127.5 / largest));
  const decade = 10 ** Math.floor(Math.log10(room));
  return [5, 2, 1].map((step) => step * decade).find((factor) => factor <= room) ?? 1;
}

function checkLength(image: ArrayLike<number>, expected: number): void {
  if (image.length !== expected) {
    throw new RangeError(`drawing images: expected ${expected} values each, got ${image.length}`);
  }
}

const styleHtml = `<style>
.dd-images { display: grid; grid-template-columns: repeat(auto-fill, minmax(max(15rem, 240px), 1fr)); gap: 1.25rem 1.75rem; }
.dd-images figure { margin: 0; }
.dd-images figure > div { display: grid; grid-template-columns: repeat(3, 1fr); gap: .375rem; }
.dd-images img { display: block; width: 100%; aspect-ratio: var(--aspect); image-rendering: pixelated; border-radius: 2px; outline: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
.dd-cell { font-size: max(.8125rem, 13px); text-align: center; line-height: 1.7; }
.dd-images figcaption { font-size: max(.8125rem, 13px); line-height: 1.5; color: color-mix(in srgb, currentColor 70%, transparent); }
.dd-images .dd-wrong { color: #d55e00; color: light-dark(#b04c00, #f0883e); font-weight: 650; }
.dd-images-key { font-size: max(.8125rem, 13px); color: color-mix(in srgb, currentColor 70%, transparent); }
</style>`;
