import type { Context } from "./context.ts";
import type { Job, JobKind, JobOf } from "./jobs.ts";
import type { MethodSettings } from "./method.ts";
import type { RunFile } from "./run_folder.ts";

/** The results of training a network and attacking it with DeepFool; figures are null where no image has one. */
export interface TrainResult {
  readonly accuracy: number | null;
  readonly rho2: number | null;
  readonly rho2_limit5: number | null;
  readonly rho2_pixels: number | null;
  readonly fooled_rate: number | null;
  readonly mean_iterations: number | null;
  /** Test images that have no ratio, since their norm is 0. */
  readonly without_ratio: number;
  /** The mean accuracy under PGD, where settings are chosen. */
  readonly acc_pgd?: number;
  /** The settings that the defense used. */
  readonly defense?: MethodSettings;
}

/** The results of the fast gradient sign attack at fractions of eps_ref; none without an eps_ref. */
export interface SignResult {
  readonly epsilon_ref: number | null;
  readonly epsilons: readonly number[];
  readonly accuracies: readonly number[];
}

/** The results of attacks that no training used; `acc_pgd_0.5` and similar ones only where there is an eps_ref. */
export interface StrongResult {
  readonly rho2_deepfool: number | null;
  readonly rho2_fmn: number | null;
  readonly rho2_worst: number | null;
  /** The l2 distance within which DeepFool fools half of the Deep Defense network's images. */
  readonly radius_ref?: number;
  /** Signs of masked gradients. */
  readonly masking?: readonly {
    readonly name: string;
    readonly holds: boolean;
    readonly detail: string;
  }[];
  readonly [accuracy: `acc_${string}`]: number;
}

/** The accuracy of model j on the examples of model i, in the order of `methods`. */
export interface TransferResult {
  readonly methods: readonly string[];
  readonly fgs: readonly (readonly number[])[] | null;
  readonly deepfool: readonly (readonly number[])[];
}

/** The result of each kind of job. */
export interface ResultOfKind {
  readonly train: TrainResult;
  readonly sign: SignResult;
  readonly strong: StrongResult;
  readonly transfer: TransferResult;
}

/** The result of a finished job, and its time. */
export interface Outcome<Result = ResultOfKind[JobKind]> {
  readonly result: Result;
  readonly durationSeconds: number;
}

/** A job that another job needs, and the files that are read from it besides config.json. */
export interface Need {
  readonly job: Job;
  readonly file?: RunFile;
}

/** A kind of job. */
export interface Kind<Name extends JobKind> {
  /** The jobs that must have ended before, and the files that are read from them. */
  readonly needs: (job: JobOf<Name>) => readonly Need[];
  /** A job in a few words; settings are named where they differ from the method's own. */
  readonly describe: (job: JobOf<Name>) => string;
  /** Runs the job. */
  readonly run: (job: JobOf<Name>, context: Context) => Promise<Outcome<ResultOfKind[Name]>>;
}
