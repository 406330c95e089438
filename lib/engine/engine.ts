import { canonical } from "./canonical.ts";
import { compile, type TensorFunction } from "./compile.ts";
import { useEagerBackend } from "./eager/eager_backends.ts";
import { createEager } from "./eager/eager.ts";
import type { BySize, Executable, Signature } from "./executable.ts";
import { tellOfTelemetry } from "./onnxruntime.ts";
import { isWhole } from "./option_check.ts";
import { createSession, type Device } from "./session.ts";
import { allEnded, withStop } from "./stop.ts";
import { createThreads, mostWorkers, type Ranks, setUp, type Threads } from "./threads.ts";
import type { Sums } from "./traced_program.ts";
import { UserError } from "./user_error.ts";

/** The runtime that computes; see the table of backends in lib/README.md. */
export type BackendName = "onnx" | "tensorflow" | "cpu";

/** How to create an {@link Engine}. */
export interface EngineOptions {
  /** The runtime; `onnx` unless given. */
  readonly backend?: BackendName;
  /** Where onnxruntime computes; `cpu` unless given. */
  readonly device?: Device;
  /** The number of threads of a process, this one included, at most 256; one per core unless given. Only with `onnx`. */
  readonly workers?: number;
  /** The processes that compute together, as `withRanks` gives them; this one alone unless given. Only with `onnx`. */
  readonly ranks?: Ranks | undefined;
}

/** A function and the shapes of its inputs. */
export interface ShapedFunction {
  /** The function. */
  readonly fn: TensorFunction;
  /** The shapes of its inputs. */
  readonly inputs: Signature;
}

/** How a function is made for a program's owner: from the owner and these settings only, which therefore identify it. */
export interface FunctionPlan {
  /** Makes the function. */
  readonly make: (owner: never, settings: never) => ShapedFunction;
  /** Plain data. */
  readonly settings: object;
}

/** An owner's (a network's) functions and the routine that runs them; every thread loads them. */
export interface Program<Settings> {
  /** The functions, by the routine's names for them and by their number of rows. */
  readonly functions: Readonly<Record<string, BySize<FunctionPlan>>>;
  /** URL of the routine's module. */
  readonly module: string;
  /** The name that the module exports the routine under. */
  readonly export: string;
  /** The routine's settings; plain data. */
  readonly settings: Settings;
  /**
   * The arguments that hold an entry for every row, by name, and the numbers in an entry: other processes get only the rows of
   * their shards. None unless given.
   */
  readonly rows?: Readonly<Record<string, number>>;
  /**
   * The result's arrays of which only the sum over all shards is used: of other processes' shards, one result holds the sum and
   * the others hold no arrays. None unless given.
   */
  readonly sums?: Sums;
}

/**
 * A loaded program: calls thread i with `args[i]`, all at once; results come in the same order. A call waits for
 * the one before it. Once the signal aborts, all threads stop before their next compiled function, and the call ends with the
 * signal's reason.
 */
export type RunShards<Args, Result> = (
  args: readonly Args[],
  signal?: AbortSignal,
) => Promise<Result[]>;

/** Where numerical functions run. Dispose of it to stop its workers. */
export interface Engine extends AsyncDisposable {
  /** The runtime that computes. */
  readonly backend: BackendName;
  /** Where it computes. */
  readonly device: Device;
  /** How many shards of a batch are computed at the same time. */
  readonly workers: number;
  /** Compiles one function for this thread. */
  compile(fn: TensorFunction, inputs: Signature): Promise<Executable>;
  /**
   * Loads a program into every thread, once for each owner, routine, settings and functions.
   *
   * @param owner The object that the functions are made from, such as a network.
   */
  load<Settings, Args, Result>(
    owner: object,
    program: Program<Settings>,
  ): Promise<RunShards<Args, Result>>;
}

function defaultWorkers(): number {
  return Math.min(navigator.hardwareConcurrency, mostWorkers);
}

/**
 * Creates an engine.
 *
 * @throws {UserError} when the backend or the device is not available, or the workers are not 1 to 256.
 *
 * @example Start two threads, and stop them at the end of the block.
 * ```ts
 * import { createEngine } from "deep-defense";
 *
 * await using engine = await createEngine({ workers: 2 });
 * console.log(engine.workers);
 * ```
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { backend = "onnx", device = "cpu", ranks } = options;
  const { workers = ranks?.workers ?? defaultWorkers() } = options;
  if (!isWhole(workers, 1, mostWorkers)) {
    throw new UserError(
      `creating an engine: expected 1 to ${mostWorkers} workers, got ${workers}`,
      2,
    );
  }
  if (backend !== "onnx") {
    checkAlone(backend, device, ranks);
    await useEagerBackend(backend);
    const compileHere: Compile = (fn, inputs) => Promise.resolve(createEager(fn, inputs, backend));
    return withCache({ backend, device, workers: 1 }, compileHere, loadHere(backend), () => {});
  }
  tellOfTelemetry();
  await checkDevice(device);
  const here = createThreads(workers);
  const threads = await ranks?.join(here, options.workers) ?? here;
  const compileHere: Compile = (fn, inputs) => createSession(compile(fn, inputs), device);
  return withCache(
    { backend, device, workers: threads.size },
    compileHere,
    loadInto(threads, device),
    () => threads[Symbol.dispose](),
  );
}

/** Checks what goes with the backend onnx only. */
function checkAlone(backend: BackendName, device: Device, ranks: Ranks | undefined): void {
  const what = device === "cpu" ? ranks && `${ranks.size} ranks` : `the device ${device}`;
  if (!what) return;
  throw new UserError(
    `creating an engine: expected the backend onnx for ${what}, got ${backend}`,
    2,
  );
}

type Compile = (fn: TensorFunction, inputs: Signature) => Promise<Executable>;
type Load = (owner: object, program: Program<unknown>) => Promise<RunShards<unknown, unknown>>;

function withCache(
  face: Pick<Engine, "backend" | "device" | "workers">,
  compile: Compile,
  load: Load,
  dispose: () => void,
): Engine {
  let disposed = false;
  const whileInUse =
    (run: RunShards<unknown, unknown>): RunShards<unknown, unknown> => (args, signal) =>
      disposed
        ? Promise.reject(
          new Error("running a program: expected an engine that is in use, but it was disposed of"),
        )
        : run(args, signal);
  const loaded = new WeakMap<object, Map<string, Promise<RunShards<unknown, unknown>>>>();
  return {
    ...face,
    compile,
    load<Settings, Args, Result>(owner: object, program: Program<Settings>) {
      const programs = loaded.get(owner) ?? new Map<string, Promise<RunShards<unknown, unknown>>>();
      loaded.set(owner, programs);
      const key = keyOf(program);
      const known = programs.get(key) ?? load(owner, program).then(oneAtATime).then(whileInUse);
      programs.set(key, known);
      known.catch(() => programs.delete(key)); // What failed may be tried again.
      return known as Promise<RunShards<Args, Result>>;
    },
    [Symbol.asyncDispose]: () => {
      disposed = true;
      return Promise.resolve(dispose());
    },
  };
}

/** A routine uses the same memory at every call, so a call waits until the one before it is done. */
function oneAtATime(run: RunShards<unknown, unknown>): RunShards<unknown, unknown> {
  let last: Promise<unknown> = Promise.resolve();
  return (args, signal) => {
    const results = last.then(() => run(args, signal));
    last = results.catch(() => {});
    return results;
  };
}

const numbers = new WeakMap<object, number>();
let makers = 0;

/** The key of a program among its owner's: all that its routine and its functions are made from. */
function keyOf({ functions, ...routine }: Program<unknown>): string {
  const made = eachFunction(functions, ({ make, settings }) => {
    const number = numbers.get(make) ?? makers++;
    numbers.set(make, number);
    return [number, settings];
  });
  return canonical({ ...routine, functions: made });
}

/** Something for each of a program's functions. */
function eachFunction<T>(
  functions: Program<unknown>["functions"],
  of: (plan: FunctionPlan) => T,
): Record<string, BySize<T>> {
  const sizes = (plans: BySize<FunctionPlan>) =>
    Object.entries(plans).map(([size, plan]) => [size, of(plan)] as const);
  return Object.fromEntries(
    Object.entries(functions).map(([name, plans]) => [name, Object.fromEntries(sizes(plans))]),
  );
}

function shapedBy(owner: object): (plan: FunctionPlan) => ShapedFunction {
  return ({ make, settings }) => make(owner as never, settings as never);
}

/** Eager backends have their own threads: the routine runs in this thread only. */
function loadHere(backend: string): Load {
  return async (owner, program) => {
    const shaped = shapedBy(owner);
    const functions = eachFunction(program.functions, (plan) => {
      const { fn, inputs } = shaped(plan);
      return createEager(fn, inputs, backend);
    });
    const run = await setUp(program, functions);
    return (args, signal) =>
      withStop(signal, (stop) => allEnded(args.map((each) => run(each, stop))));
  };
}

let programs = 0;

function loadInto(threads: Threads, device: Device): Load {
  return async (owner, { functions, ...routine }) => {
    const shaped = shapedBy(owner);
    const models = eachFunction(functions, (plan) => {
      const { fn, inputs } = shaped(plan);
      return compile(fn, inputs);
    });
    return await threads.load({ ...routine, program: programs++, models, device });
  };
}

/** Tests the device's provider with a graph of one node. */
async function checkDevice(device: Device): Promise<void> {
  if (device === "cpu") return;
  try {
    await createSession(compile(({ x }) => ({ y: x!.neg() }), { x: [1] }), device);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `creating an engine: expected onnxruntime's ${device} provider, which could not be loaded here (${
        reason.split("\n")[0]
      })`,
      1,
      { cause: error },
    );
  }
}
