/** A row of table1.arrow: one trained network. Measures are null when there are none (diverged). */
export interface Table1Row {
  /** The job's id. */
  readonly run_id: string;
  /** `diverged`, or anything else for a run that ended well. */
  readonly status: string;
  /** Identifier of the data set: `mnist`, `idx:NAME`. */
  readonly dataset: string;
  /** Identifier of the network: `lenet`. */
  readonly network: string;
  /** Identifier of the training method: `deep_defense`. */
  readonly method: string;
  /** Seed of the reference's training, and of the method's. */
  readonly seed: number;
  /** `smoke`, `quick` or `paper`. */
  readonly profile: string;
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7), at most 50 DeepFool iterations. */
  readonly rho2: number | null;
  /** The same with at most 5 iterations. */
  readonly rho2_limit5: number | null;
  /** The same taken back to pixels, before preprocessing. */
  readonly rho2_pixels: number | null;
  /** Fraction of the test images that DeepFool fooled, in [0, 1]. */
  readonly fooled_rate: number | null;
  /** DeepFool's mean number of iterations. */
  readonly mean_iterations: number | null;
  /** The FGS step at which half of Deep Defense's test images are misclassified, preprocessed units. */
  readonly epsilon_ref: number | null;
  /** Accuracy under FGS at 0.2 ε_ref, in [0, 1]. */
  readonly "acc_fgs_0.2": number | null;
  /** Accuracy under FGS at 0.5 ε_ref. */
  readonly "acc_fgs_0.5": number | null;
  /** Accuracy under FGS at ε_ref. */
  readonly "acc_fgs_1.0": number | null;
  /** The paper's accuracy; null where its table has no such row. */
  readonly paper_accuracy: number | null;
  /** The paper's ρ_2. */
  readonly paper_rho2: number | null;
  /** The paper's accuracy at 0.2 ε_ref. */
  readonly "paper_acc_fgs_0.2": number | null;
  /** The paper's accuracy at 0.5 ε_ref. */
  readonly "paper_acc_fgs_0.5": number | null;
  /** The paper's accuracy at ε_ref. */
  readonly "paper_acc_fgs_1.0": number | null;
}

/** A row of figure2.arrow: one epoch of one training. */
export interface Figure2Row {
  /** The job's id. */
  readonly run_id: string;
  /** Identifier of the network. */
  readonly network: string;
  /** Identifier of the training method. */
  readonly method: string;
  /** Seed of the training. */
  readonly seed: number;
  /** How many epochs were done; 0 is the reference it starts from. */
  readonly epoch: number;
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  readonly rho2: number | null;
}

/** What is measured behind an epoch. */
export type EpochRow = Pick<Figure2Row, "epoch" | "accuracy" | "rho2">;

/** A row of figure3.arrow: Deep Defense on LeNet with other hyper-parameters. */
export interface Figure3Row {
  /** The job's id. */
  readonly run_id: string;
  /** The regulariser's weight. */
  readonly lambda: number;
  /** The scale for samples that are predicted right. */
  readonly c: number;
  /** The scale for samples that are predicted wrong. */
  readonly d: number;
  /** Seed of the training. */
  readonly seed: number;
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  readonly rho2: number | null;
}

/** A row of figure4.arrow: Deep Defense on LeNet whose regulariser moves one layer. */
export interface Figure4Row {
  /** The job's id. */
  readonly run_id: string;
  /** The layer. */
  readonly layer: string;
  /** The scale for samples that are predicted right. */
  readonly c: number;
  /** Seed of the training. */
  readonly seed: number;
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  readonly rho2: number | null;
}

/** A row of ablations.arrow: Deep Defense with one of its choices changed. */
export interface AblationRow {
  /** The job's id. */
  readonly run_id: string;
  /** Identifier of what is changed: `baseline`, `linear`, `iterations_1`. */
  readonly ablation: string;
  /** Identifier of the network. */
  readonly network: string;
  /** Seed of the training. */
  readonly seed: number;
  /** The scale for samples that are predicted right that was used. */
  readonly c: number | null;
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the test images (Eq. 7). */
  readonly rho2: number | null;
}

/** A row of search.arrow: a candidate for a method's settings, measured on held-out training images. */
export interface SearchRow {
  /** The job's id. */
  readonly run_id: string;
  /** Identifier of the network. */
  readonly network: string;
  /** Identifier of the training method; `reference` for what candidates are compared with. */
  readonly method: string;
  /** The settings, as JSON. */
  readonly settings: string;
  /** Fraction of the held-out images classified right, in [0, 1]. */
  readonly accuracy: number | null;
  /** Mean ‖Δ_x‖ / ‖x‖ over the held-out images (Eq. 7). */
  readonly rho2: number | null;
  /** Mean accuracy under PGD at several strengths. */
  readonly acc_pgd: number | null;
  /** What candidates are ranked by; null for one that costs too much accuracy. */
  readonly score: number | null;
  /** 1 for the one of its method that is used. */
  readonly chosen: number;
}

/** A row of robustness.arrow: one of Table 1's models under attacks that no training used. Measures are null without an ε_ref. */
export interface RobustnessRow {
  /** The job's id. */
  readonly run_id: string;
  /** Identifier of the network. */
  readonly network: string;
  /** Identifier of the training method. */
  readonly method: string;
  /** Seed of the training. */
  readonly seed: number;
  /** How many test images were attacked, the first ones. */
  readonly images: number;
  /** Mean ‖Δ_x‖ / ‖x‖ under DeepFool, on the same images. */
  readonly rho2_deepfool: number | null;
  /** The same under the fast minimum-norm attack. */
  readonly rho2_fmn: number | null;
  /** The mean of every image's smallest, over those that an attack fooled. */
  readonly rho2_worst: number | null;
  /** Accuracy under FGS at 0.2 ε_ref, on the same images. */
  readonly "acc_fgs_0.2": number | null;
  /** At 0.5 ε_ref. */
  readonly "acc_fgs_0.5": number | null;
  /** At ε_ref. */
  readonly "acc_fgs_1.0": number | null;
  /** Accuracy under PGD in the maximum norm at 0.2 ε_ref. */
  readonly "acc_pgd_0.2": number | null;
  /** At 0.5 ε_ref. */
  readonly "acc_pgd_0.5": number | null;
  /** At ε_ref. */
  readonly "acc_pgd_1.0": number | null;
  /** Accuracy where an image has to survive FGS and PGD at 0.2 ε_ref. */
  readonly "acc_worst_0.2": number | null;
  /** At 0.5 ε_ref. */
  readonly "acc_worst_0.5": number | null;
  /** At ε_ref. */
  readonly "acc_worst_1.0": number | null;
  /** Accuracy under PGD in l2 at 0.2 of the radius where DeepFool fools half of Deep Defense's images. */
  readonly "acc_pgd_l2_0.2": number | null;
  /** At 0.5 of it. */
  readonly "acc_pgd_l2_0.5": number | null;
  /** At the radius. */
  readonly "acc_pgd_l2_1.0": number | null;
  /** Signs of masked gradients, by name; empty where there are none. */
  readonly failed_checks: string | null;
}

/** A row of transfer.arrow: a model under examples that were made on another one. */
export interface TransferRow {
  /** The job's id. */
  readonly run_id: string;
  /** Identifier of the network. */
  readonly network: string;
  /** Seed of the trainings. */
  readonly seed: number;
  /** How many test images, the first ones. */
  readonly images: number;
  /** `fgs`, at ε_ref, or `deepfool`. */
  readonly attack: string;
  /** The method of the model that the examples were made on. */
  readonly source: string;
  /** The method of the model that they were tried on. */
  readonly target: string;
  /** The fraction that it classified right, in [0, 1]. */
  readonly accuracy: number | null;
}
