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

/** What results on the first test images say of them. */
interface Counted {
  /** How many were attacked: those that can be read. Earlier results lack it. */
  readonly images?: number;
}

/** The results of attacks that no training used; `acc_pgd_0.5` and similar ones only where there is an eps_ref. */
export interface StrongResult extends Counted {
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

/** What AutoAttack leaves of a model's accuracy in one ball. */
export interface BallResult {
  /** The ball's radius, in pixels 0-255. */
  readonly radius: number;
  /** The accuracy that is left after each member in turn, by its name; those that are left out are not there. */
  readonly after: { readonly [member: string]: number };
  /** The accuracy under all of them. */
  readonly accuracy: number;
  /** Why members were left out, by their names. */
  readonly left_out: { readonly [member: string]: string };
}

/** What AutoAttack and the attacks for the smallest perturbation find, in pixels 0-255; means are null where no image has a ratio. */
export interface AutoAttackResult extends Counted {
  /** On the images that were attacked. */
  readonly accuracy: number;
  readonly linf: BallResult;
  readonly l2: BallResult;
  /** Mean ||Delta_x||_2 / ||x||_2 of DeepFool, over the images that it fooled. */
  readonly rho2_deepfool: number | null;
  /** Of the fast minimum-norm attack. */
  readonly rho2_fmn: number | null;
  /** Of FAB. */
  readonly rho2_fab: number | null;
  /** Of every image's smallest, over those that any of the three fooled. */
  readonly rho2_smallest: number | null;
  /** Their median. */
  readonly median_smallest: number | null;
  /** Images that none of the three fooled. */
  readonly unfooled: number;
}

/** The accuracy of model j on examples made on model i, in the order of `methods`. */
export interface TransferResult extends Counted {
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
  readonly auto_attack: AutoAttackResult;
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
  /** About how long a job takes, in epochs of training its network without a defense. */
  readonly work: (job: JobOf<Name>) => number;
  /** The phase that takes most of the time, where a phase's progress is not the whole job's. */
  readonly mainPhase?: string;
  /** Runs the job. */
  readonly run: (job: JobOf<Name>, context: Context) => Promise<Outcome<ResultOfKind[Name]>>;
}
