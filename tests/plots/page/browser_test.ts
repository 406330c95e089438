import assert from "node:assert/strict";
import { ablations } from "../../../lib/plots/figures/ablations.ts";
import { accuracyAgainstEpsilon } from "../../../lib/plots/figures/accuracy_against_epsilon.ts";
import { claimList } from "../../../lib/plots/figures/claims.ts";
import { convergence } from "../../../lib/plots/figures/convergence.ts";
import { hyperparameters } from "../../../lib/plots/figures/hyperparameters.ts";
import { layerwise } from "../../../lib/plots/figures/layerwise.ts";
import { ratioDistribution } from "../../../lib/plots/figures/ratio_distribution.ts";
import { table1 } from "../../../lib/plots/figures/table1.ts";
import { transfer } from "../../../lib/plots/figures/transfer.ts";
import { growingPerturbation } from "../../../lib/plots/images/growing_perturbation.ts";
import { imageGrid } from "../../../lib/plots/images/image_grid.ts";
import { plotlyScript } from "../../../lib/plots/page/plotly_script.ts";
import { reportPage } from "../../../lib/plots/page/report.ts";
import type { Page } from "playwright-core";
import { hovered, launch, look } from "../../browser.ts";
import { isMissing } from "../../installed.ts";
import { greyDataset, growingSeries } from "../images/growing_sample.ts";
import { figure2Rows, figure3Rows, figure4Rows, table1Row, transferRows } from "../sample_rows.ts";

const ABLATIONS = ["baseline", "linear_matched"].map((ablation) => ({
  run_id: "",
  ablation,
  network: "lenet",
  seed: 0,
  c: 25,
  accuracy: 0.99,
  rho2: 0.2,
}));

async function samplePage(): Promise<string> {
  const curve = { epsilons: [0, 10, 20], accuracies: [0.99, 0.9, 0.5] };
  const ratios = Float32Array.from({ length: 500 }, (_, i) => 0.1 + 0.2 * Math.sin(i) ** 2);
  return reportPage({
    title: "Sample",
    sections: [
      { heading: "Table 1", content: [table1([table1Row(), table1Row({ seed: 1 })])] },
      {
        heading: "Figures",
        content: [
          convergence(figure2Rows(["mlp", "lenet"], ["clean", "deep_defense"], [0, 1, 2])),
          ratioDistribution([{ method: "reference", ratios }], { title: "MLP" }),
          accuracyAgainstEpsilon([{ method: "clean", ...curve }], { epsilonRef: 20 }),
          hyperparameters(figure3Rows(), { accuracy: 0.991, rho2: 0.207 }),
          layerwise(figure4Rows()),
          ablations(ABLATIONS),
          claimList([{ id: "c", text: "C is D", holds: false, figures: "λ = 5, ".repeat(40) }]),
          transfer(transferRows(), { network: "mlp", attack: "fgs" }),
          growingPerturbation(greyDataset, growingSeries, { index: 0, sizes: [0, 0.25] }),
          imageGrid(
            [{ original: [0, 255], perturbed: [9, 250], label: 0, predicted: 0, fooledAs: 1 }],
            { shape: [1, 1, 2] },
          ),
        ],
      },
    ],
    settings: { profile: "quick" },
    machine: { cores: 2 },
    durationSeconds: 1,
    plotlyScript: await plotlyScript(),
  });
}

const looks = [
  { width: 360, colorScheme: "light" },
  { width: 360, colorScheme: "dark" },
  { width: 1280, colorScheme: "light" },
  { width: 1280, colorScheme: "dark" },
] as const;

/** Moves the page's slider to its end, and waits until the figure shows its last frame. */
async function slide(page: Page): Promise<void> {
  const rail = page.locator(".slider-rail-touch-rect");
  const { width, height } = (await rail.boundingBox())!;
  await rail.click({ position: { x: width - 2, y: height / 2 } });
  const shown = `[...document.querySelectorAll(".plot")].at(-1).data[1].y.join()`;
  // Not waitForFunction: what it repeats is a string, which the page's policy does not let it evaluate.
  while (await page.evaluate(shown) !== "1,0,0") await page.waitForTimeout(20);
}

Deno.test({
  name:
    "chromium draws every figure of a report, on phones and desktops, light and dark; on desktops it says under the pointer what it shows, and a slider moves one",
  ignore: await isMissing("chromium", "--version"),
  fn: async () => {
    const file = await Deno.makeTempFile({ suffix: ".html" });
    await Deno.writeTextFile(file, await samplePage());
    const browser = await launch();
    const expected = { plots: 7, drawn: 7, pictures: 3, tooWide: 0, problems: [], errors: [] };
    await look(browser, file, looks, async (page, found) => {
      assert.deepEqual(found, expected);
      if (page.viewportSize()!.width < 1280) return;
      const said = await hovered(page);
      assert.match(said, /Epoch \d/);
      assert.match(said, /Deep Defense/);
    });
    await look(browser, file, [looks[2]], slide);
    await browser.close();
    await Deno.remove(file);
  },
});
