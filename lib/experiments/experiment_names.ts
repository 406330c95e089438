/** The experiments by identifier. */
export const experimentNames: readonly string[] = [
  "table1",
  "figure2",
  "figure3",
  "figure4",
  "ablations",
  "search",
  "robustness",
  "transfer",
];
