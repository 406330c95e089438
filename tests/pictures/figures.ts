/**
 * Draws the figures of outputs/README.md from the committed tables: outputs/paper/convergence.png, hyperparameters.png and
 * layerwise.png. Needs Chromium.
 *
 *     deno run -A tests/pictures/figures.ts
 */
import { fileURLToPath } from "node:url";
import { pictures } from "../../lib/notebooks/pictures.ts";
import * as plots from "../../lib/plots/mod.ts";
import { readResults } from "../../lib/results/results.ts";

const paper = fileURLToPath(new URL("../../outputs/paper", import.meta.url));
const { table1, figure2, figure3, figure4 } = await readResults(paper);
const reference = table1.find((row) =>
  row.network === "lenet" && row.method === "reference" && row.seed === 0
)!;
const figures = {
  convergence: plots.convergence(figure2),
  hyperparameters: plots.hyperparameters(figure3, reference),
  layerwise: plots.layerwise(figure4, reference),
};
const drawn = await pictures(Object.values(figures).map((figure) => ({ figure: { ...figure } })));
for (const [i, name] of Object.keys(figures).entries()) {
  await Deno.writeFile(`${paper}/${name}.png`, Uint8Array.fromBase64(drawn[i]!));
}
