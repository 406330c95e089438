import type {
  AutoAttackRow,
  Figure2Row,
  Figure3Row,
  Figure4Row,
  Table1Row,
  TransferRow,
} from "../../lib/results/results.ts";

/** A row of Table 1 with the paper's numbers of MNIST, MLP, Reference on both sides. */
export function table1Row(own: Partial<Table1Row> = {}): Table1Row {
  return {
    run_id: "0123456789abcdef",
    status: "finished",
    dataset: "mnist",
    network: "mlp",
    method: "reference",
    seed: 0,
    profile: "quick",
    accuracy: 0.9831,
    rho2: 0.111,
    rho2_limit5: 0.1105,
    rho2_pixels: 0.0912,
    fooled_rate: 0.9999,
    mean_iterations: 2.41,
    epsilon_ref: 20,
    "acc_fgs_0.2": 0.7276,
    "acc_fgs_0.5": 0.2908,
    "acc_fgs_1.0": 0.0331,
    paper_accuracy: 0.9831,
    paper_rho2: 0.111,
    "paper_acc_fgs_0.2": 0.7276,
    "paper_acc_fgs_0.5": 0.2908,
    "paper_acc_fgs_1.0": 0.0331,
    ...own,
  };
}

/** The row of a run that diverged: no measures. */
export function divergedRow(own: Partial<Table1Row> = {}): Table1Row {
  return table1Row({
    status: "diverged",
    accuracy: null,
    rho2: null,
    rho2_limit5: null,
    rho2_pixels: null,
    fooled_rate: null,
    mean_iterations: null,
    epsilon_ref: null,
    "acc_fgs_0.2": null,
    "acc_fgs_0.5": null,
    "acc_fgs_1.0": null,
    ...own,
  });
}

/** A row of auto_attack.arrow. */
export function autoAttackRow(own: Partial<AutoAttackRow> = {}): AutoAttackRow {
  return {
    run_id: "",
    network: "lenet",
    method: "reference",
    seed: 0,
    weights_sha256: null,
    images: 1000,
    accuracy: 0.99,
    radius_linf: 25.5,
    linf_apgd_ce: 0.4,
    linf_apgd_t: 0.35,
    linf_fab_t: 0.35,
    linf_square: 0.3,
    acc_linf: 0.3,
    radius_l2: 382.5,
    l2_apgd_ce: 0.6,
    l2_apgd_t: 0.6,
    l2_fab_t: 0.5,
    l2_square: 0.5,
    acc_l2: 0.5,
    left_out: null,
    rho2_deepfool: 0.2,
    rho2_fmn: 0.15,
    rho2_fab: 0.16,
    rho2_smallest: 0.14,
    median_smallest: 0.13,
    unfooled: 0,
    ...own,
  };
}

/** Six epochs of every combination. */
export function figure2Rows(
  networks: readonly string[],
  methods: readonly string[],
  seeds: readonly number[],
): Figure2Row[] {
  return networks.flatMap((network) =>
    methods.flatMap((method, rank) =>
      seeds.flatMap((seed) =>
        [0, 1, 2, 3, 4, 5].map((epoch) => ({
          run_id: `${network}-${method}-${seed}`,
          network,
          method,
          seed,
          epoch,
          accuracy: 0.98 + 0.001 * epoch + 1e-4 * seed,
          rho2: 0.1 + 0.01 * rank * epoch + 1e-3 * seed,
        }))
      )
    )
  );
}

/** Rows of Figure 3 as the paper's looks: rho_2 falls with c, accuracy rises. */
export function figure3Rows(): Figure3Row[] {
  return [5, 15, 25].flatMap((lambda) =>
    [5, 10, 15, 20, 25, 30, 35, 40, 45].map((c) => ({
      run_id: `l${lambda}c${c}`,
      lambda,
      c,
      d: 5,
      seed: 0,
      accuracy: 0.993 - 0.01 * Math.exp(-c / 10) - lambda / 1e5,
      rho2: 0.22 + 0.2 * Math.exp(-c / 15) + lambda / 1000,
    }))
  );
}

/** Rows of Figure 4. */
export function figure4Rows(): Figure4Row[] {
  return ["conv1", "conv2", "fc1", "fc2"].flatMap((layer, place) =>
    [5, 15, 25, 35, 45].map((c) => ({
      run_id: `${layer}c${c}`,
      layer,
      c,
      seed: 0,
      accuracy: 0.992 - 0.005 * Math.exp(-c / 10) - place / 5000,
      rho2: 0.21 + (0.02 + 0.02 * place) * Math.exp(-c / 15),
    }))
  );
}

/** Rows of the transfer between two models. */
export function transferRows(): TransferRow[] {
  const methods = ["reference", "deep_defense"];
  return methods.flatMap((source, i) =>
    methods.map((target, j) => ({
      run_id: "t",
      network: "mlp",
      seed: 0,
      images: 10,
      attack: "fgs",
      source,
      target,
      accuracy: 0.3 + 0.2 * i + 0.1 * j,
    }))
  );
}
