/** A row of the paper's Table 1. */
export interface PaperRow {
  /** Fraction of the test images classified right, in [0, 1]. */
  readonly accuracy: number;
  /** Mean ‖Δ_x‖ / ‖x‖ under DeepFool (Eq. 7). */
  readonly rho2: number;
  /** Accuracies under the fast gradient sign attack at 0.2, 0.5 and 1.0 eps_ref. */
  readonly fgs: readonly [number, number, number];
}

/** Table 1 of the paper, by data set, network and method. */
const rows: Readonly<Record<string, PaperRow>> = {
  "mnist/mlp/reference": { accuracy: 0.9831, rho2: 1.11e-1, fgs: [0.7276, 0.2908, 0.0331] },
  "mnist/mlp/parseval": { accuracy: 0.9832, rho2: 1.11e-1, fgs: [0.7744, 0.2895, 0.0296] },
  "mnist/mlp/adv_train_1": { accuracy: 0.9849, rho2: 1.62e-1, fgs: [0.8770, 0.5969, 0.2255] },
  "mnist/mlp/deep_defense": { accuracy: 0.9865, rho2: 2.25e-1, fgs: [0.9504, 0.8893, 0.5000] },
  "mnist/lenet/reference": { accuracy: 0.9902, rho2: 2.05e-1, fgs: [0.9095, 0.5388, 0.1975] },
  "mnist/lenet/parseval": { accuracy: 0.9910, rho2: 2.03e-1, fgs: [0.9168, 0.6648, 0.1964] },
  "mnist/lenet/adv_train_1": { accuracy: 0.9918, rho2: 2.63e-1, fgs: [0.9520, 0.7482, 0.4140] },
  "mnist/lenet/deep_defense": { accuracy: 0.9934, rho2: 2.84e-1, fgs: [0.9651, 0.8893, 0.5000] },
  "cifar10/convnet/reference": { accuracy: 0.7974, rho2: 2.59e-2, fgs: [0.6162, 0.3784, 0.2385] },
  "cifar10/convnet/parseval": { accuracy: 0.8048, rho2: 3.42e-2, fgs: [0.6919, 0.5043, 0.2213] },
  "cifar10/convnet/adv_train_1": { accuracy: 0.8065, rho2: 3.05e-2, fgs: [0.6516, 0.4503, 0.3553] },
  "cifar10/convnet/deep_defense": {
    accuracy: 0.8170,
    rho2: 5.32e-2,
    fgs: [0.7215, 0.5902, 0.5000],
  },
  "cifar10/nin/reference": { accuracy: 0.8964, rho2: 4.20e-2, fgs: [0.7561, 0.4922, 0.3356] },
  "cifar10/nin/parseval": { accuracy: 0.8820, rho2: 4.33e-2, fgs: [0.7539, 0.4975, 0.1774] },
  "cifar10/nin/adv_train_1": { accuracy: 0.8987, rho2: 5.25e-2, fgs: [0.7887, 0.5885, 0.4590] },
  "cifar10/nin/deep_defense": { accuracy: 0.8996, rho2: 5.58e-2, fgs: [0.8070, 0.7073, 0.5000] },
  "imagenet/alexnet/reference": { accuracy: 0.5691, rho2: 2.98e-3, fgs: [0.5462, 0.5139, 0.4605] },
  "imagenet/alexnet/deep_defense": {
    accuracy: 0.5711,
    rho2: 4.54e-3,
    fgs: [0.5579, 0.5350, 0.5000],
  },
  "imagenet/resnet18/reference": { accuracy: 0.6964, rho2: 1.63e-3, fgs: [0.6339, 0.5445, 0.4170] },
  "imagenet/resnet18/deep_defense": {
    accuracy: 0.6966,
    rho2: 2.43e-3,
    fgs: [0.6553, 0.5946, 0.5000],
  },
};

/** The paper's figures for a data set, network and method, or undefined where its Table 1 has none. */
export function paperRow(dataset: string, network: string, method: string): PaperRow | undefined {
  return rows[`${dataset}/${network}/${method}`];
}

/** The paper's rows for a data set, in its order. */
export function paperRows(dataset: string): ({ network: string; method: string } & PaperRow)[] {
  return Object.entries(rows).flatMap(([key, row]) => {
    const [of, network, method] = key.split("/");
    return of === dataset ? [{ network: network!, method: method!, ...row }] : [];
  });
}
