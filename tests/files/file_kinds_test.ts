import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { otherKind } from "../../lib/files/file_kinds.ts";
import { readOnnx } from "../../lib/networks/onnx/read_onnx.ts";
import { encodeSafetensors, readSafetensors } from "../../lib/networks/safetensors.ts";
import { loadTensors } from "../../lib/data/tensors/tensors.ts";
import { isUserError } from "../data/user_error.ts";
import { inNewFolder } from "../jobs/small_experiment.ts";

/** A text as bytes, one per character. */
const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** A file that PyTorch or NumPy wrote; make.py beside it says how. */
const written = (name: string) =>
  Deno.readFileSync(fileURLToPath(new URL(`../networks/elsewhere/${name}`, import.meta.url)));

const onnxFile = new URL("../examples/from_pytorch/net.onnx", import.meta.url);
const safetensors = encodeSafetensors({ a: { shape: [1], data: Float32Array.of(1) } });
const ofTorch =
  /; in Python, this writes safetensors: import torch, safetensors\.torch as s; s\.save_file\(\{k: v\.contiguous\(\)\.clone\(\) for k, v in torch\.load\("my net\.pth", map_location="cpu"\)\.items\(\)\}, "my net\.safetensors"\)$/;
const ofModule =
  /; in Python, this writes ONNX: torch\.onnx\.export\(model\.eval\(\), x, "my net\.onnx", opset_version=17, .*dynamic_axes=\{"x": \{0: "n"\}\}\)$/;
const ofKeras =
  /; in Python, this writes ONNX: import tensorflow as tf, tf2onnx; tf2onnx\.convert\.from_keras\(tf\.keras\.models\.load_model\("my net\.h5"\), output_path="my net\.onnx"\)$/;
const ofArrays =
  /; in Python, this writes safetensors: import numpy, safetensors\.numpy as s; s\.save_file\(dict\(numpy\.load\("my net\.npz"\)\), "my net\.safetensors"\)$/;

/** Each kind: a file's end, its bytes, how it is called, and the advice where safetensors or ONNX are expected. */
const kinds: readonly (readonly [string, Uint8Array, RegExp, RegExp, RegExp])[] = [
  ["pth", written("checkpoint.pth"), /^a PyTorch checkpoint \(torch\.save\);/, ofTorch, ofModule],
  ["pth", written("before_1_6.pth"), /^a PyTorch checkpoint of the form before/, ofTorch, ofModule],
  [
    "pt",
    written("script.pt"),
    /^a TorchScript archive;/,
    /torch\.jit\.load\("my net\.pt", map_location="cpu"\)\.state_dict\(\)\.items\(\)/,
    ofModule,
  ],
  ["npz", written("arrays.npz"), /^NumPy arrays/, ofArrays, ofArrays],
  [
    "npy",
    written("array.npy"),
    /^one NumPy array/,
    /s\.save_file\(\{"NAME": numpy\.load\("my net\.npy"\)\}/,
    /NAME/,
  ],
  [
    "pkl",
    bytes("\x80\x04\x95\x05\0\0\0\0\0\0\0}\x94."),
    /^a Python pickle;/,
    /pickle\.load\(open\("my net\.pkl", "rb"\)\)/,
    ofModule,
  ],
  ["h5", bytes("\x89HDF\r\n\x1a\n\0\0\0\0"), /^HDF5, as Keras writes it;/, ofKeras, ofKeras],
  [
    "keras",
    bytes("PK\x03\x04...metadata.json...model.weights.h5"),
    /^a Keras model;/,
    /load_model\("my net\.keras"\)/,
    /load_model/,
  ],
  ["zip", bytes("PK\x03\x04 and what follows"), /^a zip archive: unpack it$/, /./, /./],
  [
    "bin",
    bytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 4\n"),
    /^a Git LFS pointer: `git lfs pull` fetches the file itself$/,
    /./,
    /./,
  ],
  ["html", bytes("\n <!DOCTYPE html><html><head>"), /^a web page: the server sent it/, /./, /./],
  ["xml", bytes('<?xml version="1.0"?><Error>'), /^a web page: /, /./, /./],
  ["empty", new Uint8Array(), /^an empty file$/, /./, /./],
  ["gz", bytes("\x1f\x8b\x08\0\0\0\0\0\0"), /^a gzip archive: `gunzip` unpacks it$/, /./, /./],
  [
    "tar",
    bytes("name".padEnd(257, "\0") + "ustar\0"),
    /^a tar archive: `tar -xf` unpacks it$/,
    /./,
    /./,
  ],
  ["gguf", bytes("GGUF\x03\0\0\0\0\0\0\0"), /^GGUF: it holds a language model/, /./, /./],
  [
    "tflite",
    bytes("\x1c\0\0\0TFL3\0\0"),
    /^a TensorFlow Lite model;/,
    /this writes ONNX: import tf2onnx; tf2onnx\.convert\.from_tflite\("my net\.tflite", output_path="my net\.onnx"\)$/,
    /from_tflite/,
  ],
  [
    "safetensors.index.json",
    bytes('{\n  "metadata": {}, "weight_map": {"a": "model-00001-of-00002.safetensors"}}'),
    /^the index of a checkpoint in several files;/,
    /json\.load\(open\("my net\.safetensors\.index\.json"\)\)\["weight_map"\].*, "my net\.safetensors"\)$/,
    /weight_map/,
  ],
  ["json", bytes('{"a": 1}'), /^a JSON file$/, /./, /./],
];

for (const [end, content, title, forSafetensors, forOnnx] of kinds) {
  Deno.test(`a file .${end}, ${title.source}: called what it is, with a way to a file that is read`, async () => {
    await inNewFolder(async (folder) => {
      const path = `${folder}/my net.${end}`;
      await Deno.writeFile(path, content);
      for (
        const [expected, advice] of [["safetensors", forSafetensors], ["ONNX", forOnnx]] as const
      ) {
        const said = otherKind(content, path, expected)!;
        assert.match(said, title);
        assert.match(said, advice);
        const read = expected === "ONNX" ? readOnnx : readSafetensors;
        const what = expected === "ONNX" ? "an ONNX model" : expected;
        await assert.rejects(read(path), isUserError(/^reading /));
        await assert.rejects(read(path), {
          message: `reading ${path}: expected ${what}, got ${said}`,
        });
      }
      await assert.rejects(loadTensors(path), isUserError(/expected safetensors, got /));
    });
  });
}

Deno.test("ONNX in place of safetensors, and the reverse, are called what they are", async () => {
  const onnx = await Deno.readFile(onnxFile);
  assert.match(otherKind(onnx, "net", "safetensors")!, /^an ONNX model: its name ends in \.onnx/);
  assert.match(otherKind(safetensors, "net", "ONNX")!, /^safetensors: they hold no network/);
  assert.equal(otherKind(onnx, "net", "ONNX"), undefined);
  assert.equal(otherKind(safetensors, "net", "safetensors"), undefined);
});

Deno.test("safetensors whose header's length reads like the beginning of another file are safetensors", () => {
  for (const begin of ["\x1f\x8b\x08\0", "\x80\x02\0\0", "\x80\x04\0\0", "\x08\x07\x12\0"]) {
    assert.equal(otherKind(bytes(begin + '\0\0\0\0{"a": 1}.'), "net", "safetensors"), undefined);
  }
});

Deno.test("a file's name is quoted in the Python that is given", () => {
  const said = otherKind(written("checkpoint.pth"), '/a "b"\n.pth', "safetensors")!;
  assert.match(said, /torch\.load\("a \\"b\\"\\n\.pth"/);
  assert.doesNotMatch(said, /\n/);
});
