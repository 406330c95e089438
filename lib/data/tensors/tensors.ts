import { createHash } from "node:crypto";
import { basename } from "node:path";
import { excerpt } from "../../engine/excerpt.ts";
import { fileBytes } from "../../engine/read_file.ts";
import { size } from "../../engine/nd_array.ts";
import { sharedFloats } from "../../engine/shared_memory.ts";
import { UserError } from "../../engine/user_error.ts";
import { checkImages } from "../check_images.ts";
import type { Dataset, Split } from "../dataset.ts";
import { meanImage } from "../mean_image.ts";
import {
  floatsIn,
  type StoredTensor,
  storedTensors,
  type StoredType,
} from "../safetensors_file.ts";
import { meanImageScale } from "../scale.ts";

/** The tensors of a file, and the types that they may have. */
const known: Readonly<Record<string, readonly StoredType[]>> = {
  x_train: ["F32", "U8"],
  y_train: ["I64", "I32", "U8"],
  x_test: ["F32", "U8"],
  y_test: ["I64", "I32", "U8"],
};

/** How to load a file of tensors. */
export interface TensorsOptions {
  /** Whether uint8 inputs stay pixels 0-255; false unless given. Float32 inputs are never changed. */
  readonly pixels?: boolean | undefined;
}

/** Makes the error for one thing wrong with one file. */
type Fail = (expected: string, came: string) => UserError;

/**
 * Loads a dataset from a safetensors file with the tensors x_train, y_train, x_test and y_test, as
 * `safetensors.torch.save_file` writes it. Inputs have any shape, [count, ...]: images, or vectors such as rows of a table.
 * - uint8 inputs are pixels: the training set's mean is subtracted, as for IDX files, or they stay as they are.
 * - float32 inputs are taken as they are. They are not pixels: the dataset has no scale.
 *
 * Labels are int64, int32 or uint8, the classes 0 to the largest label of the training set. A file without x_train and
 * y_train has an empty training set: it can be attacked.
 *
 * @param path The file. The dataset's id is "tensors:" and the file's name.
 * @throws {UserError} when the file is missing or damaged, a tensor is missing or has another type, tensors do not fit together, a
 * label is not a class, or a number is not finite.
 */
export async function loadTensors(
  path: string,
  { pixels = false }: TensorsOptions = {},
): Promise<Dataset<Split>> {
  const { fail, tensors, checksum } = await openTensors(path);
  const x_test = tensors.x_test!;
  const {
    x_train = { ...x_test, bytes: new Uint8Array(0), shape: [0, ...x_test.shape.slice(1)] },
  } = tensors;
  const inputShape = x_test.shape.slice(1);
  checkInputs(x_train, x_test, fail);
  const labels = { train: labelsOf(tensors.y_train, fail), test: labelsOf(tensors.y_test, fail) };
  const classes = largest(labels.train.length > 0 ? labels.train : labels.test) + 1;
  if (classes < 2) throw fail("labels of at least 2 classes", "the class 0 only");
  checkClasses(labels.test, classes, fail);
  const arePixels = x_test.type === "U8";
  const statistics = x_train.shape[0]! > 0 ? x_train : x_test;
  const mean = arePixels ? meanImage(statistics.bytes, statistics.shape[0]!) : new Float64Array();
  const subtracted = arePixels && !pixels ? mean : undefined;
  const scale = meanImageScale(mean, inputShape);
  const id = `tensors:${basename(path).replace(/\.safetensors$/i, "")}`;
  return {
    id,
    title: id,
    checksum,
    inputShape,
    classes,
    train: splitOf(x_train, labels.train, subtracted, path),
    test: splitOf(x_test, labels.test, subtracted, path),
    toPixels: (x) => x.map((value, i) => value + (subtracted?.[i] ?? 0)),
    ...(arePixels ? { scale: () => Promise.resolve(scale) } : {}),
  };
}

/**
 * Whether the inputs of a file of tensors are pixels 0-255, that is, uint8.
 *
 * @throws {UserError} when the file is missing or damaged, or a tensor is missing or has another type.
 */
export async function tensorsArePixels(path: string): Promise<boolean> {
  return (await openTensors(path)).tensors.x_test!.type === "U8";
}

/** A file's tensors by name; it has the test set's, and both or neither of the training set's. */
async function openTensors(path: string) {
  const fail: Fail = (expected, came) =>
    new UserError(`reading ${path}: expected ${expected}, got ${came}`);
  const bytes = await fileBytes(path).catch((cause: Error) => {
    const came = cause instanceof Deno.errors.NotFound ? "there is none" : cause.message;
    throw new UserError(`reading ${path}: expected a readable file: ${came}`, 1, { cause });
  });
  const names = Object.keys(known).join(", ");
  const stored = storedTensors(bytes, path, (name) => {
    if (Object.hasOwn(known, name)) return known[name]!;
    throw fail(`the tensors ${names} only`, `a tensor ${excerpt(name)}`);
  });
  const tensors: Record<string, StoredTensor> = Object.fromEntries(
    stored.tensors.map((tensor) => [tensor.name, tensor]),
  );
  const needed = [
    "x_test",
    "y_test",
    ...(tensors.x_train || tensors.y_train ? ["x_train", "y_train"] : []),
  ];
  const missing = needed.find((name) => !tensors[name]);
  if (missing) throw fail(`the tensors ${names}`, `no ${missing}`);
  return { fail, tensors, checksum: createHash("sha256").update(bytes).digest("hex") };
}

/** Throws unless both splits have inputs of one shape and type. */
function checkInputs(train: StoredTensor, test: StoredTensor, fail: Fail): void {
  const of = ({ type, shape }: StoredTensor) => `${type} [N, ${shape.slice(1).join(", ")}]`;
  for (const { name, shape } of [train, test]) {
    if (shape.length < 2 || size(shape.slice(1)) === 0) {
      throw fail(`inputs [N, ...] in ${name}`, excerpt(`[${shape.join(", ")}]`));
    }
  }
  if (test.shape[0] === 0) throw fail("at least one input in x_test", "none");
  if (of(train) === of(test)) return;
  throw fail(`x_test of ${of(train)}, as x_train is`, excerpt(of(test)));
}

/** How whole numbers are read, by their type. */
const readers: Readonly<
  Record<string, readonly [width: number, read: (view: DataView, at: number) => number]>
> = {
  I64: [8, (view, at) => Number(view.getBigInt64(at, true))],
  I32: [4, (view, at) => view.getInt32(at, true)],
  U8: [1, (view, at) => view.getUint8(at)],
};

/** Labels, which must be classes that fit into 16 bits; none where there is no tensor. */
function labelsOf(tensor: StoredTensor | undefined, fail: Fail): Uint16Array {
  if (!tensor) return new Uint16Array(0);
  const { name, type, shape, bytes } = tensor;
  if (shape.length !== 1) throw fail(`labels [N] in ${name}`, excerpt(`[${shape.join(", ")}]`));
  const [width, read] = readers[type]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Uint16Array.from({ length: shape[0]! }, (_, row) => {
    const label = read(view, row * width);
    if (label >= 0 && label < 65535) return label;
    throw fail(`classes from 0 to 65534 in ${name}`, `${label} in row ${row}`);
  });
}

function checkClasses(labels: Uint16Array, classes: number, fail: Fail): void {
  const row = labels.findIndex((label) => label >= classes);
  if (row < 0) return;
  throw fail(
    `labels below ${classes} in y_test, the classes of y_train`,
    `${labels[row]} in row ${row}`,
  );
}

function largest(labels: Uint16Array): number {
  return labels.reduce((most, label) => Math.max(most, label), 0);
}

/** Inputs, minus a mean where there is one, with their labels. */
function splitOf(
  { name, type, shape, bytes }: StoredTensor,
  labels: Uint16Array,
  mean: Float64Array | undefined,
  path: string,
): Split {
  const [count = 0, ...inputShape] = shape;
  const doing = `reading ${path}`;
  if (labels.length !== count) {
    throw new UserError(
      `${doing}: expected ${count} labels, as many as there are inputs in ${name}, got ${labels.length}`,
    );
  }
  const values = type === "U8" ? bytes : floatsIn(bytes);
  const length = size(inputShape);
  const images = sharedFloats(values.length);
  images.set(values);
  if (mean) { for (let i = 0; i < images.length; i++) images[i]! -= mean[i % length]!; }
  checkImages({ images, length, doing, nameOf: (row) => `row ${row} of ${name}` });
  return { images, labels, count };
}
