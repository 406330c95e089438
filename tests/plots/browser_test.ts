import assert from "node:assert/strict";
import { accuracyAgainstEpsilon } from "../../lib/plots/accuracy_against_epsilon.ts";
import { ablations } from "../../lib/plots/ablations.ts";
import { claimList } from "../../lib/plots/claims.ts";
import { convergence } from "../../lib/plots/convergence.ts";
import { hyperparameters } from "../../lib/plots/hyperparameters.ts";
import { imageGrid } from "../../lib/plots/image_grid.ts";
import { layerwise } from "../../lib/plots/layerwise.ts";
import { transfer } from "../../lib/plots/transfer.ts";
import { ratioDistribution } from "../../lib/plots/ratio_distribution.ts";
import { plotlySource, reportPage } from "../../lib/plots/report.ts";
import { table1 } from "../../lib/plots/table1.ts";
import { figure2Rows, figure3Rows, figure4Rows, table1Row, transferRows } from "./sample_rows.ts";

// deno-fmt-ignore
const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
  "--virtual-time-budget=5000", "--dump-dom",
];

/** Asked of the page once its figures are drawn: does Plotly know every attribute, does all fit? */
const PROBE = `<script>
addEventListener("load", () => setTimeout(() => {
  const { figures } = JSON.parse(document.getElementById("figures").textContent);
  const problems = figures.flatMap(({ data, layout, narrow }) =>
    [layout, narrow ?? layout].flatMap(({ template, ...own }) => Plotly.validate(data, own) ?? [])
  );
  Plotly.Fx.hover(document.querySelector(".plot"), { xval: 2, yval: 0.98 }, "xy");
  parent.postMessage(JSON.stringify({
    plots: document.querySelectorAll(".plot").length,
    drawn: [...document.querySelectorAll(".plot[data-drawn]")].filter((plot) => plot.querySelector(".main-svg :is(.trace, .hm)")).length,
    hover: document.querySelector(".hoverlayer").textContent,
    pictures: [...document.images].filter((image) => image.naturalWidth > 0).length,
    tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    problems: problems.map(({ msg }) => msg),
    errors: document.body.innerText.match(/could not be drawn.*/g) ?? [],
  }), "*");
}, 500));
</script></body>`;

const ABLATIONS = ["baseline", "linear_matched"].map((ablation) => ({
  run_id: "",
  ablation,
  network: "lenet",
  seed: 0,
  c: 25,
  accuracy: 0.99,
  rho2: 0.2,
}));

async function hasChromium(): Promise<boolean> {
  try {
    return (await new Deno.Command("chromium", { args: ["--version"], stderr: "null" }).output())
      .success;
  } catch {
    return false; // not installed, or not allowed to run
  }
}

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
    plotlyScript: await plotlySource(),
  });
}

/** What the probe found in a window so wide; a frame, since headless windows have a least width. */
async function probe(width: number): Promise<Record<string, unknown>> {
  const folder = await Deno.makeTempDir();
  try {
    const html = (await samplePage()).replace(/<\/body>\s*<\/html>\s*$/, PROBE);
    await Deno.writeTextFile(`${folder}/report.html`, html);
    await Deno.writeTextFile(
      `${folder}/frame.html`,
      `<iframe src="report.html" width="${width}" height="3000"></iframe><script>` +
        "addEventListener('message', ({ data }) => document.body.textContent = data)</script>",
    );
    const args = [
      ...FLAGS,
      `--user-data-dir=${folder}/profile`,
      `file://${folder}/frame.html`,
    ];
    const { stdout } = await new Deno.Command("chromium", { args, stderr: "null" }).output();
    const found = /\{.*\}/s.exec(new TextDecoder().decode(stdout))?.[0] ?? "{}";
    return JSON.parse(found.replaceAll("&lt;", "<").replaceAll("&gt;", ">"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// Where everything is to be tested, a browser that is missing fails the test instead of skipping it.
const required = Deno.env.get("DEEP_DEFENSE_REQUIRE_ALL") !== undefined;
const ignore = !required && !await hasChromium();

for (const width of [360, 1280]) {
  Deno.test({
    name: `chromium draws every figure at ${width} px`,
    ignore,
    fn: async () => {
      const { hover, ...found } = await probe(width);
      assert.deepEqual(found, {
        plots: 6,
        drawn: 6,
        pictures: 3,
        tooWide: 0,
        problems: [],
        errors: [],
      });
      assert.match(String(hover), /Epoch 2/);
      assert.match(String(hover), /Deep Defense/);
    },
  });
}
