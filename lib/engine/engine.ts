import { compile, type Signature, type TensorFunction } from "./compile.ts";
import { useEagerBackend } from "./eager_backends.ts";
import { createEager } from "./eager.ts";
import type { Executable, Executables, Routine } from "./executable.ts";
import { createSession, type Device } from "./session.ts";
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
  /** Worker threads that share a batch; as many as there are cores unless said otherwise. Only with `onnx`. */
  readonly workers?: number;
}

/** A function to compile and the shapes of its inputs. */
export interface CompiledFunction {
  /** The function. */
  readonly fn: TensorFunction;
  /** The shapes of its inputs. */
  readonly inputs: Signature;
}

/** Compiled functions and the routine that runs them, to be loaded by every worker. */
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

/** A loaded program: calls worker i with `args[i]`, all at once; results come in the same order. */
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
  /** Loads a program into every worker; a program of the same owner and key is loaded once. */
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
    return withCache(
      { backend, device, workers: 1 },
      (fn, inputs) => Promise.resolve(createEager(fn, inputs, backend)),
      loadHere,
    );
  }
  await checkDevice(device);
  const team = createTeam(workers);
  const compileHere = (fn: TensorFunction, inputs: Signature) =>
    createSession(compile(fn, inputs), device);
  const engine = withCache({ backend, device, workers }, compileHere, loadInTeam(team, device));
  return { ...engine, [Symbol.asyncDispose]: () => Promise.resolve(team[Symbol.dispose]()) };
}

type Compile = (fn: TensorFunction, inputs: Signature) => Promise<Executable>;
type Load = (program: Program<unknown>, compile: Compile) => Promise<Loaded<unknown, unknown>>;

function withCache(
  face: Pick<Engine, "backend" | "device" | "workers">,
  compile: Compile,
  load: Load,
): Engine {
  const loaded = new WeakMap<object, Map<string, Promise<Loaded<unknown, unknown>>>>();
  return {
    ...face,
    compile,
    load<Settings, Args, Result>(owner: object, key: string, program: () => Program<Settings>) {
      const programs = loaded.get(owner) ?? new Map<string, Promise<Loaded<unknown, unknown>>>();
      loaded.set(owner, programs);
      const known = programs.get(key) ?? load(program(), compile);
      programs.set(key, known);
      known.catch(() => programs.delete(key)); // What failed may be tried again.
      return known as Promise<Loaded<Args, Result>>;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Eager backends have threads of their own: the routine runs in this one. */
async function loadHere(
  program: Program<unknown>,
  compile: Compile,
): Promise<Loaded<unknown, unknown>> {
  const functions: Record<string, Executable> = {};
  for (const [name, { fn, inputs }] of Object.entries(program.functions)) {
    functions[name] = await compile(fn, inputs);
  }
  const module = await import(program.module);
  const routine = module[program.export] as Routine<unknown, unknown, unknown>;
  const run = routine(functions as Executables, program.settings);
  return (args) => Promise.all(args.map(run));
}

let programs = 0;

function loadInTeam(team: Team, device: Device): Load {
  return async ({ functions, module, export: name, settings }) => {
    const models = Object.fromEntries(
      Object.entries(functions).map(([key, { fn, inputs }]) => [key, compile(fn, inputs)] as const),
    );
    const program = programs++;
    const members = Array.from({ length: team.size }, (_, index) => index);
    await Promise.all(
      members.map((index) =>
        team.ask(index, { kind: "load", program, module, export: name, settings, models, device })
      ),
    );
    return (args) =>
      Promise.all(args.map((arg, index) => team.ask(index, { kind: "call", program, args: arg })));
  };
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
