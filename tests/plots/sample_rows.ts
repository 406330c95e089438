import type { Figure2Row, Table1Row } from "../../lib/experiments/rows.ts";

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
