/** Named float32 arrays. */
export type Arrays = Readonly<Record<string, Float32Array>>;

/** The shape of every named input of a function; all are float32. */
export type Signature = Readonly<Record<string, readonly number[]>>;

/** Values by the number of rows that they are for. */
export type BySize<T> = Readonly<Record<number, T>>;

/** A function that has been compiled for one set of shapes: named float32 arrays in, named float32 arrays out. */
export interface Executable {
  /** The shapes of its inputs. */
  readonly inputs: Signature;
  /** An output is written into the array of its name in `into`; other outputs are new arrays at every call. */
  (inputs: Arrays, into?: Arrays): Promise<Record<string, Float32Array>>;
}

/** The compiled functions of a {@link Routine}'s program, by name and by size. */
export type Executables = Readonly<Record<string, BySize<Executable>>>;

/**
 * The host's half of a program: the control flow between its compiled functions. It is loaded by a
 * module's URL, in worker threads, so its module imports no TensorFlow.js.
 */
export type Routine<Settings, Args, Result> = (
  functions: Executables,
  settings: Settings,
) => (args: Args) => Promise<Result>;
