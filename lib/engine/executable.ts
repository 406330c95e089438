/**
 * A function that has been compiled for one set of shapes: named float32 arrays in, named float32 arrays out.
 * An output is written into the array of `into` that has its name; the others are new at every call.
 */
export type Executable = (
  inputs: Readonly<Record<string, Float32Array>>,
  into?: Readonly<Record<string, Float32Array>>,
) => Promise<Record<string, Float32Array>>;

/** What a {@link Routine} is given: its program's functions, compiled, by name. */
export type Executables = Readonly<Record<string, Executable>>;

/**
 * The host's half of a program: the control flow between its compiled functions. It is loaded by a
 * module's URL, in worker threads, so its module imports no TensorFlow.js.
 */
export type Routine<Settings, Args, Result> = (
  functions: Executables,
  settings: Settings,
) => (args: Args) => Promise<Result>;
