import { Buffer } from "node:buffer";
import { basename } from "node:path";
import { escaped } from "../engine/excerpt.ts";
import {
  ofArray,
  ofArrays,
  ofIndex,
  ofKeras,
  ofModule,
  ofPickle,
  ofStateDict,
  ofTflite,
  type PythonLine,
} from "./python_lines.ts";

/** The forms in which models are read. */
export type ModelForm = "safetensors" | "ONNX";

/** A kind of file that is known by its bytes. */
interface FileKind {
  /** What it is, for a message. */
  readonly title: string;
  readonly is: (bytes: Uint8Array) => boolean;
  /** The Python that writes it as safetensors. */
  readonly safetensors?: PythonLine;
  /** The Python that writes it as ONNX. */
  readonly onnx?: PythonLine;
  /** What to do where no line of Python helps. */
  readonly hint?: string;
}

/**
 * What a file is and how a model is read from it, for a message; undefined where it may be what was expected, or is of no kind that
 * is known.
 *
 * @param path Where it came from; the Python that is given names it.
 * @param expected The form that was expected.
 */
export function otherKind(
  bytes: Uint8Array,
  path: string,
  expected: ModelForm,
): string | undefined {
  const kind = kinds.find(({ is }) => is(bytes));
  if (!kind || kind.title === titles[expected]) return undefined;
  const { title, safetensors, onnx, hint } = kind;
  if (hint) return `${title}: ${hint}`;
  const [form, write] = expected === "ONNX" && onnx || !safetensors
    ? ["ONNX", onnx] as const
    : ["safetensors", safetensors] as const;
  if (!write) return title;
  const from = basename(path);
  const to = `${from.replace(/(\.safetensors\.index)?\.\w+$/, "")}.${form.toLowerCase()}`;
  return `${title}; in Python, this writes ${form}: ${write(quoted(from), quoted(to))}`;
}

/** A file's name as a literal of Python. */
function quoted(name: string): string {
  return escaped(JSON.stringify(name));
}

const titles: Readonly<Record<ModelForm, string>> = {
  safetensors: "safetensors",
  ONNX: "an ONNX model",
};

/** The kinds, the first that fits. */
const kinds: readonly FileKind[] = [
  {
    title: titles.safetensors,
    is: isSafetensors,
    hint: "they hold no network, and their name ends in .safetensors",
  },
  { title: "an empty file", is: ({ length }) => length === 0 },
  {
    title: "a Git LFS pointer",
    is: begins("version https://git-lfs"),
    hint: "`git lfs pull` fetches the file itself",
  },
  {
    title: "a web page",
    is: (bytes) => /^\s*<(!doctype|html|head|\?xml)/i.test(textOf(bytes.subarray(0, 256))),
    hint: "the server sent it in place of the file",
  },
  {
    title: "a TorchScript archive",
    is: isZipOf("constants.pkl"),
    safetensors: ofStateDict("torch.jit.load", ".state_dict()"),
    onnx: ofModule,
  },
  {
    title: "a PyTorch checkpoint (torch.save)",
    is: isZipOf("data.pkl"),
    safetensors: ofStateDict("torch.load"),
    onnx: ofModule,
  },
  {
    title: "a PyTorch checkpoint of the form before 1.6 (torch.save)",
    is: begins("\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."),
    safetensors: ofStateDict("torch.load"),
    onnx: ofModule,
  },
  {
    title: "NumPy arrays (numpy.savez)",
    is: isZipOf(".npy"),
    safetensors: ofArrays,
  },
  { title: "a Keras model", is: isZipOf("model.weights.h5"), onnx: ofKeras },
  { title: "a zip archive", is: begins("PK\x03\x04"), hint: "unpack it" },
  {
    title: "a Python pickle",
    is: (bytes) => bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5 && bytes.at(-1) === 0x2e,
    safetensors: ofPickle,
    onnx: ofModule,
  },
  {
    title: "one NumPy array (numpy.save)",
    is: begins("\x93NUMPY"),
    safetensors: ofArray,
  },
  { title: "HDF5, as Keras writes it", is: begins("\x89HDF\r\n\x1a\n"), onnx: ofKeras },
  { title: "a gzip archive", is: begins("\x1f\x8b\x08"), hint: "`gunzip` unpacks it" },
  {
    title: "a tar archive",
    is: (bytes) => begins("ustar")(bytes.subarray(257)),
    hint: "`tar -xf` unpacks it",
  },
  {
    title: "GGUF",
    is: begins("GGUF"),
    hint: "it holds a language model, mostly in few bits; no Python here makes a classifier of it",
  },
  {
    title: "a TensorFlow Lite model",
    is: (bytes) => begins("TFL3")(bytes.subarray(4)),
    onnx: ofTflite,
  },
  {
    title: "the index of a checkpoint in several files",
    is: (bytes) => isJson(bytes) && /"weight_map"/.test(textOf(bytes)),
    safetensors: ofIndex,
  },
  { title: "a JSON file", is: isJson },
  {
    title: titles.ONNX,
    is: isOnnxModel,
    hint: "its name ends in .onnx, by which commands know it",
  },
];

/** Whether a file begins with a text, one byte per character. */
function begins(text: string): (bytes: Uint8Array) => boolean {
  return (bytes) => textOf(bytes.subarray(0, text.length)) === text;
}

/** Whether a file is a zip archive with a file of such a name. Names stand in the directory at the end. */
function isZipOf(name: string): (bytes: Uint8Array) => boolean {
  return (bytes) =>
    begins("PK\x03\x04")(bytes) && textOf(bytes.subarray(-(2 ** 20))).includes(name);
}

/** Whether the first 8 bytes are a length that safetensors allow, and a header follows. */
function isSafetensors(bytes: Uint8Array): boolean {
  if (bytes.length < 9 || bytes[8] !== "{".charCodeAt(0)) return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length <= 100_000_000n;
}

function isJson(bytes: Uint8Array): boolean {
  return /^\s*\{\s*"/.test(textOf(bytes.subarray(0, 256)));
}

/** Whether a file begins as an ONNX model does: with the version of the format, then another field. */
function isOnnxModel(bytes: Uint8Array): boolean {
  const [first, version = 0, next = 0] = bytes;
  const fields = [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42];
  return first === 0x08 && version > 0 && version < 32 && fields.includes(next);
}

/** Bytes as a text of as many characters. */
function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}
