import { compile, type Signature, type TensorFunction } from "./compile.ts";
import { useEagerBackend } from "./eager_backends.ts";
import { createEager } from "./eager.ts";
import type { Executable, Executables, Routine } from "./executable.ts";
import { tellOfTelemetry } from "./onnxruntime.ts";
import { createSession, createSessions, type Device } from "./session.ts";
import { createTeam, type Team } from "./team.ts";
import { UserError } from "./user_error.ts";

/** Which runtime computes: see the README's table of backends. */
export type BackendName = "onnx" | "tensorflow" | "cpu";

/** How to create an {@link Engine}. */
export interface EngineOptions {
  /** The runtime; `onnx` unless said otherwise. */
  readonly backend?: BackendName;
  /** Where onnxruntime computes; `cpu` unless said otherwise. */
  readonly device?: Device;
  /** Threads that share a batch, this one included; as many as there are cores unless said otherwise. Only with `onnx`. */
  readonly workers?: number;
}

/** A function to compile and the shapes of its inputs. */
export interface CompiledFunction {
  /** The function. */
  readonly fn: TensorFunction;
  /** The shapes of its inputs. */
  readonly inputs: Signature;
}

/** Compiled functions and the routine that runs them, to be loaded by every thread. */
export interface Program<Settings> {
  /** The functions by the names that the routine knows them under. */
  readonly functions: Readonly<Record<string, CompiledFunction>>;
  /** URL of the routine's module. */
  readonly module: string;
  /** The name that the module exports the routine under. */
  readonly export: string;
  /** What the routine is given besides the functions; plain data. */
  readonly settings: Settings;
}

/**
 * A loaded program: calls thread i with `args[i]`, all at once; results come in the same order. A call waits for
 * the one before it.
 */
export type Loaded<Args, Result> = (args: readonly Args[]) => Promise<Result[]>;

/** Where numerical functions run. Dispose of it to stop its workers. */
export interface Engine extends AsyncDisposable {
  /** The runtime that computes. */
  readonly backend: BackendName;
  /** Where it computes. */
  readonly device: Device;
  /** How many parts of a batch are computed at the same time. */
  readonly workers: number;
  /** Compiles one function for this thread. */
  compile(fn: TensorFunction, inputs: Signature): Promise<Executable>;
  /** Loads a program into every thread; a program of the same owner and key is loaded once. */
  load<Settings, Args, Result>(
    owner: object,
    key: string,
    program: () => Program<Settings>,
  ): Promise<Loaded<Args, Result>>;
}

/**
 * Creates an engine.
 *
 * @throws UserError when the backend or the device cannot be had here.
 */
export async function createEngine(
  { backend = "onnx", device = "cpu", workers = navigator.hardwareConcurrency }: EngineOptions = {},
): Promise<Engine> {
  if (!Number.isInteger(workers) || workers < 1) {
    throw new UserError(`creating an engine: expected at least 1 worker, got ${workers}`, 2);
  }
  if (backend !== "onnx") {
    if (device !== "cpu") {
      throw new UserError(
        `creating an engine: expected the backend onnx for the device ${device}, got ${backend}`,
        2,
      );
    }
    await useEagerBackend(backend);
    const compileHere: Compile = (fn, inputs) => Promise.resolve(createEager(fn, inputs, backend));
    return withCache({ backend, device, workers: 1 }, compileHere, loadHere(compileHere), () => {});
  }
  tellOfTelemetry();
  await checkDevice(device);
  // This thread does a share too: a thread more than there are cores would take turns with the workers.
  const team = createTeam(workers - 1);
  const compileHere: Compile = (fn, inputs) => createSession(compile(fn, inputs), device);
  return withCache(
    { backend, device, workers },
    compileHere,
    loadInTeam(team, device),
    () => team[Symbol.dispose](),
  );
}

type Compile = (fn: TensorFunction, inputs: Signature) => Promise<Executable>;
type Load = (program: Program<unknown>) => Promise<Loaded<unknown, unknown>>;

function withCache(
  face: Pick<Engine, "backend" | "device" | "workers">,
  compile: Compile,
  load: Load,
  dispose: () => void,
): Engine {
  let disposed = false;
  const whileInUse = (run: Loaded<unknown, unknown>): Loaded<unknown, unknown> => (args) =>
    disposed
      ? Promise.reject(
        new Error("running a program: expected an engine that is in use, but it was disposed of"),
      )
      : run(args);
  const loaded = new WeakMap<object, Map<string, Promise<Loaded<unknown, unknown>>>>();
  return {
    ...face,
    compile,
    load<Settings, Args, Result>(owner: object, key: string, program: () => Program<Settings>) {
      const programs = loaded.get(owner) ?? new Map<string, Promise<Loaded<unknown, unknown>>>();
      loaded.set(owner, programs);
      const known = programs.get(key) ?? load(program()).then(oneAtATime).then(whileInUse);
      programs.set(key, known);
      known.catch(() => programs.delete(key)); // What failed may be tried again.
      return known as Promise<Loaded<Args, Result>>;
    },
    [Symbol.asyncDispose]: () => {
      disposed = true;
      return Promise.resolve(dispose());
    },
  };
}

/** A routine uses the same memory at every call: a call waits until the one before it is done. */
function oneAtATime(run: Loaded<unknown, unknown>): Loaded<unknown, unknown> {
  let last: Promise<unknown> = Promise.resolve();
  return (args) => {
    const results = last.then(() => run(args));
    last = results.catch(() => {});
    return results;
  };
}

/** Eager backends have threads of their own: the routine runs in this one alone. */
function loadHere(compileHere: Compile): Load {
  return async (program) => {
    const functions: Record<string, Executable> = {};
    for (const [name, { fn, inputs }] of Object.entries(program.functions)) {
      functions[name] = await compileHere(fn, inputs);
    }
    const run = await setUp(program, functions);
    return (args) => Promise.all(args.map(run));
  };
}

let programs = 0;

function loadInTeam(team: Team, device: Device): Load {
  return async (program) => {
    const { functions, module, export: name, settings } = program;
    const models = Object.fromEntries(
      Object.entries(functions).map(([key, { fn, inputs }]) => [key, compile(fn, inputs)] as const),
    );
    const number = programs++;
    const request = { program: number, module, export: name, settings, models, device };
    const members = Array.from({ length: team.size }, (_, index) => index);
    const [run] = await Promise.all([
      createSessions(models, device).then((sessions) => setUp(program, sessions)),
      ...members.map((index) => team.ask(index, { kind: "load", ...request })),
    ]);
    return ([own, ...others]) => {
      const replies = others.map((args, index) =>
        team.ask(index, { kind: "call", program: number, args })
      );
      return Promise.all([run(own), ...replies]);
    };
  };
}

async function setUp({ module, export: name, settings }: Program<unknown>, functions: Executables) {
  const routine = (await import(module))[name] as Routine<unknown, unknown, unknown>;
  return routine(functions, settings);
}

/** Tries the device's provider on a graph of one node. */
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
