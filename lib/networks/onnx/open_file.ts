import onnxProto, { type onnx as Onnx } from "onnx-proto";
import { dirname, join } from "node:path";
import { excerpt } from "../../engine/excerpt.ts";
import { fileBytes, readFile } from "../../engine/read_file.ts";
import { UserError } from "../../engine/user_error.ts";
import { otherKind } from "../../files/file_kinds.ts";
import { type ExternalFiles, externalPlace, type Fail, numberOf } from "./tensor_of.ts";

const { onnx } = onnxProto;

/** The versions of ONNX's operators that are read. */
const opsets = { first: 7, last: 21 };

/** An ONNX model in its file, and the files beside it. */
export interface OpenFile {
  readonly path: string;
  /** The model's bytes. */
  readonly bytes: Uint8Array;
  /** The files that hold its tensors, by the model's names for them. */
  readonly external: ExternalFiles;
  readonly graph: Onnx.IGraphProto;
  /** The version of the standard operators. */
  readonly opset: number;
  /** Makes the error for one thing wrong with the file. */
  readonly fail: Fail;
}

/**
 * Opens an ONNX file.
 *
 * @throws {UserError} when it is missing, truncated or not ONNX, of other versions, or a file beside it is missing.
 */
export async function openFile(path: string): Promise<OpenFile> {
  const fail: Fail = (expected, came) =>
    new UserError(`reading ${path}: expected ${expected}, got ${came}`);
  const bytes = await readFile(path);
  const other = otherKind(bytes, path, "ONNX");
  if (other) throw fail("an ONNX model", other);
  const model = decode(bytes, fail);
  const opset = opsetOf(model, fail);
  const external = await externalFiles(model.graph!, path, fail);
  return { path, bytes, external, graph: model.graph!, opset, fail };
}

function decode(bytes: Uint8Array, fail: Fail): Onnx.IModelProto {
  try {
    const model = onnx.ModelProto.decode(bytes);
    if (model.graph?.node?.length && model.opsetImport?.length) return model;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw fail(
      "an ONNX model",
      `other bytes, or a truncated model: ${excerpt(error.message)}`,
    );
  }
  throw fail("an ONNX model with nodes and the version of its operators", "one without, or none");
}

function opsetOf({ opsetImport }: Onnx.IModelProto, fail: Fail): number {
  const standard = opsetImport!.find(({ domain }) => !domain || domain === "ai.onnx");
  const version = numberOf(standard?.version);
  if (version >= opsets.first && version <= opsets.last) return version;
  throw fail(
    `the operators of opset ${opsets.first} to ${opsets.last}`,
    `${version || "none of the standard ones"}: export it again with another opset_version`,
  );
}

/** Reads the files beside the model that hold its tensors. */
async function externalFiles(
  { initializer, node }: Onnx.IGraphProto,
  path: string,
  fail: Fail,
): Promise<ExternalFiles> {
  const constants = (node ?? []).flatMap(({ attribute }) => (attribute ?? []).map(({ t }) => t));
  const tensors = [...initializer ?? [], ...constants].filter((tensor) => !!tensor);
  const names = new Set(tensors.map((tensor) => externalPlace(tensor)?.location));
  const files = [...names].filter((name) => name !== undefined).map(async (name) => {
    if (!name || /^[/\\]|^\w:|(^|[/\\])\.\.([/\\]|$)/.test(name)) {
      throw fail("names of files beside the model for its tensors", excerpt(name));
    }
    const bytes = await fileBytes(join(dirname(path), name)).catch((error: Error) => {
      const came = error instanceof Deno.errors.NotFound ? "none" : error.message;
      throw fail(`its tensors in the file ${excerpt(name)} beside it`, came);
    });
    return [name, bytes] as const;
  });
  return new Map(await Promise.all(files));
}
