import * as tf from "@tensorflow/tfjs";
import { replaceKernels } from "./tensorflow_kernels.ts";
import { UserError } from "../user_error.ts";

let loading: Promise<void> | undefined;

/**
 * Initialises one of TensorFlow.js's own backends.
 *
 * @throws {UserError} when TensorFlow's library is not installed, naming the command that installs it.
 */
export async function useEagerBackend(backend: "tensorflow" | "cpu"): Promise<void> {
  if (backend === "cpu") return;
  try {
    loading ??= loadTensorflow();
    await loading;
  } catch (error) {
    throw new UserError(
      "creating an engine: expected @tensorflow/tfjs-node-gpu with TensorFlow's library for the backend " +
        "tensorflow, which cannot be loaded here; `deno task setup:gpu` installs it",
      1,
      { cause: error },
    );
  }
}

async function loadTensorflow(): Promise<void> {
  await shimNodeUtil();
  const binding: string = "@tensorflow/tfjs-node-gpu";
  await import(binding);
  if (!tf.engine().registryFactory.tensorflow) throw new Error("it did not register itself");
  replaceKernels();
}

/** tfjs-node-gpu 4.22 calls functions that Deno's node:util no longer has. */
async function shimNodeUtil(): Promise<void> {
  const { default: util } = await import("node:util");
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}
