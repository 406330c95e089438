/**
 * The only module that imports onnxruntime. By default, onnxruntime sends telemetry past Deno's permissions: it
 * looks up a Microsoft host and keeps a device id and a queue of events in the home folder. An
 * environment variable switches that off. It is read when the process creates its first session, and never later.
 *
 * @module
 */

import type * as ort from "onnxruntime-node";

export type { ort };

/** Loads onnxruntime only when something is computed, since loading a library needs a permission that reading results does not need. */
export async function loadOnnxruntime(): Promise<typeof ort> {
  const loaded = await import("onnxruntime-node");
  loaded.env.logLevel = "fatal"; // Our own errors report problems.
  return loaded;
}

const variable = "ORT_DISABLE_TELEMETRY";
const isOff = setWithDeno() || setWithLibc();
let isTold = false;

/** Says on stderr, once, that onnxruntime's telemetry stays on, if there was no permission to switch it off. */
export function tellOfTelemetry(): void {
  if (isOff || isTold) return;
  isTold = true;
  console.error(
    `warning: onnxruntime's telemetry stays on unless ${variable}=1 was set before the start: ` +
      `no permission was given to switch it off; --allow-env=${variable} gives it`,
  );
}

/** Sets the variable with Deno, if that is allowed; the check never prompts. */
function setWithDeno(): boolean {
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return false;
  // Not set again: a worker would change the environment while other threads read it.
  if (Deno.env.get(variable) !== "1") Deno.env.set(variable, "1");
  return true;
}

/** Calls the C library's `setenv`, for when Deno may not change the environment but may call libraries. */
function setWithLibc(): boolean {
  const { os } = Deno.build;
  const path = os === "linux" ? "libc.so.6" : os === "darwin" ? "/usr/lib/libSystem.B.dylib" : "";
  if (!path || Deno.permissions.querySync({ name: "ffi", path }).state !== "granted") return false;
  try {
    const libc = Deno.dlopen(path, {
      setenv: { parameters: ["buffer", "buffer", "i32"], result: "i32" },
    });
    const failed = libc.symbols.setenv(cString(variable), cString("1"), 1);
    libc.close();
    return failed === 0;
  } catch {
    return false; // There is another C library here.
  }
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}
