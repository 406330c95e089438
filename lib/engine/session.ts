import type { TracedFunction } from "./compile.ts";
import type { Arrays, BySize, Executable, Executables } from "./executable.ts";
import { size } from "./nd_array.ts";
import { loadOnnxruntime, type ort as types } from "./onnxruntime.ts";
import { release } from "./release.ts";

/** Where onnxruntime computes. */
export type Device = "cpu" | "webgpu" | "cuda";

/**
 * How many numbers a function may compute for its memory to be planned as one block: the plan is made after the first call and
 * doubles what onnxruntime keeps, which small functions do not feel.
 */
const planned = 1e8;

/**
 * Functions beyond one of these give their memory back after every call: it grows by powers of two, and each function keeps its own.
 * They pay for new pages, about a tenth of their time.
 */
const kept = {
  /** How many numbers it computes. */
  computed: 3e8,
  /** The largest input or output: AlexNet's weights. */
  largest: 3e7,
};

/**
 * Loads a model into onnxruntime: one thread, denormals as zero.
 *
 * @throws {Error} when the device's provider cannot be loaded.
 */
export async function createSession(model: TracedFunction, device: Device): Promise<Executable> {
  const ort = await loadOnnxruntime();
  const session = await ort.InferenceSession.create(model.bytes, {
    executionProviders: [device],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableMemPattern: (model.numbers ?? 0) <= planned,
    enableCpuMemArena: keepsMemory(model),
    logSeverityLevel: 3,
    extra: { session: { set_denormal_as_zero: "1" } },
  });
  const known = new WeakMap<Float32Array, types.Tensor>();
  const inputShapes = Object.entries(model.inputs);
  const outputShapes = Object.entries(model.outputs);

  /** Arrays are wrapped once, since parameters are the same at every call. */
  function tensor(
    name: string,
    shape: readonly number[],
    data: Float32Array | undefined,
  ): types.Tensor {
    if (!data) {
      throw new Error(
        `running a compiled function: expected an input "${name}" of shape [${shape}], got none`,
      );
    }
    // onnxruntime does not take shared memory, and another thread may change it, so it is read again every time.
    if (data.buffer instanceof SharedArrayBuffer) {
      return new ort.Tensor("float32", data.slice(), shape);
    }
    const wrapped = known.get(data);
    if (wrapped && String(wrapped.dims) === String(shape)) return wrapped;
    const made = new ort.Tensor("float32", data, shape);
    known.set(data, made);
    return made;
  }

  const run = async (inputs: Arrays, into: Arrays = {}) => {
    const feeds = Object.fromEntries(
      inputShapes.map(([name, shape]) => [name, tensor(name, shape, inputs[name])]),
    );
    const fetches = Object.fromEntries(
      outputShapes.map((
        [name, shape],
      ) => [name, into[name] ? tensor(name, shape, into[name]) : null]),
    );
    const outputs = await session.run(feeds, fetches);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => {
        const own = into[name];
        return [name, own ? written(own, data as Float32Array) : data as Float32Array];
      }),
    );
  };
  return Object.assign(run, { inputs: model.inputs });
}

/** Our array now holds an output. onnxruntime also returns a copy. */
function written(own: Float32Array, copy: Float32Array): Float32Array {
  if (copy.buffer === own.buffer) return own;
  if (own.buffer instanceof SharedArrayBuffer) own.set(copy); // what onnxruntime does not write into
  release(copy);
  return own;
}

function keepsMemory({ inputs, outputs, numbers = 0 }: TracedFunction): boolean {
  const sizes = [inputs, outputs].flatMap((signature) => Object.values(signature).map(size));
  return numbers <= kept.computed && sizes.every((numbers) => numbers <= kept.largest);
}

/** Sessions for several models, by name and size. Each is created when it is first called: most programs call few sizes. */
export function createSessions(
  models: Readonly<Record<string, BySize<TracedFunction>>>,
  device: Device,
): Executables {
  const bySize = (sizes: BySize<TracedFunction>): BySize<Executable> =>
    Object.fromEntries(
      Object.entries(sizes).map(([size, model]) => [size, createdWhenCalled(model, device)]),
    );
  return Object.fromEntries(Object.entries(models).map(([name, sizes]) => [name, bySize(sizes)]));
}

function createdWhenCalled(model: TracedFunction, device: Device): Executable {
  let session: Promise<Executable> | undefined;
  const run = async (inputs: Arrays, into?: Arrays) => {
    session ??= createSession(model, device);
    return (await session)(inputs, into);
  };
  return Object.assign(run, { inputs: model.inputs });
}
