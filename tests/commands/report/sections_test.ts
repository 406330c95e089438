import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { recordedSections } from "../../../lib/commands/report/recorded_sections.ts";
import { claimsSection } from "../../../lib/plots/sections/claims_section.ts";
import { seedsOf } from "../../../lib/plots/sections/seeds.ts";
import { tableSections } from "../../../lib/plots/sections/table_sections.ts";
import { autoAttackColumns, readResults, type Results } from "../../../lib/results/results.ts";
import { encodeTable } from "../../../lib/files/arrow.ts";
import type { ReportSection } from "../../../lib/plots/page/report.ts";
import { inNewFolder } from "../../jobs/small_experiment.ts";
import { autoAttackRow, figure2Rows, table1Row } from "../../plots/sample_rows.ts";

const recorded = await readResults(
  fileURLToPath(new URL("../../../outputs/paper", import.meta.url)),
);
const nothing: Results = {
  table1: [],
  figure2: [],
  figure3: [],
  figure4: [],
  ablations: [],
  search: [],
  robustness: [],
  transfer: [],
  auto_attack: [],
  scaled_c: [],
};
const quick: Results = {
  ...nothing,
  table1: ["reference", "deep_defense"].map((method) => table1Row({ method })),
  figure2: figure2Rows(["mlp"], ["deep_defense"], [0]),
};

/** The study of AutoAttack, in a folder of its own. */
const isStudy = ({ heading }: ReportSection) => heading === "AutoAttack: recorded results";
const headings = (sections: readonly ReportSection[]) =>
  sections.filter((section) => !isStudy(section)).map(({ heading }) => heading);
const markupOf = ({ content }: ReportSection) =>
  content.map((piece) => "html" in piece ? piece.html : piece.alt).join("\n");
const find = (sections: readonly ReportSection[], heading: string) =>
  sections.find((section) => section.heading === heading);

Deno.test("a report shows what its run has not from the recorded results, and says that of every section", async () => {
  const sections = (await recordedSections("mnist", quick)).filter((section) => !isStudy(section));
  const [others, ours] = [sections.slice(0, -3), sections.slice(-3)];
  assert.deepEqual(headings(ours), [
    "CIFAR-10",
    "ResNet-18 on small photos",
    "What a training step costs",
  ]);
  assert.deepEqual(headings(others), [
    "Table 1 of the paper: recorded results",
    "The paper's claims: recorded results",
    "Convergence (Figure 2 of the paper): recorded results",
    "Hyper-parameters (Figure 3 of the paper): recorded results",
    "Only one layer (Figure 4 of the paper): recorded results",
    "Ablations: recorded results",
    "Choice of settings: recorded results",
    "Attacks that no training used: recorded results",
    "Transfer between models: recorded results",
  ]);
  for (const { heading, text } of others) {
    assert.match(
      text!,
      /^Not of this run: outputs\/paper, which comes with the sources\. /,
      heading,
    );
  }
  assert.match(others[0]!.text!, /means over 3 seeds/);
});

Deno.test("a row is of the run or of the recorded results, never both", async () => {
  const own = { ...quick, table1: recorded.table1.filter(({ network }) => network === "mlp") };
  const table = markupOf(
    find(await recordedSections("mnist", own), "Table 1 of the paper: recorded results")!,
  );
  assert.match(table, /MNIST, LeNet/);
  assert.doesNotMatch(table, /MNIST, MLP/);
});

Deno.test("a run that has everything shows no recorded results of its dataset", async () => {
  assert.deepEqual(headings(await recordedSections("mnist", recorded)), [
    "CIFAR-10",
    "ResNet-18 on small photos",
    "What a training step costs",
  ]);
});

Deno.test("other datasets do not show MNIST's recorded results, CIFAR-10 not its own", async () => {
  assert.deepEqual(headings(await recordedSections("idx:mine", quick)), [
    "CIFAR-10",
    "ResNet-18 on small photos",
    "What a training step costs",
  ]);
  assert.deepEqual(headings(await recordedSections("cifar10", quick)), [
    "ResNet-18 on small photos",
    "What a training step costs",
  ]);
});

Deno.test("without a network that was trained as in the paper there is no verdict", () => {
  const sections = [...tableSections(quick).values()];
  assert.deepEqual(headings(sections), [
    "Table 1 of the paper",
    "Convergence (Figure 2 of the paper)",
  ]);
  assert.doesNotMatch(sections.map(markupOf).join(), /holds|does not hold/);
  assert.deepEqual(claimsSection(nothing), []);
});

Deno.test("verdicts say what they are judged by; one seed is called one seed", () => {
  const [one] = claimsSection(quick);
  assert.match(
    one!.text!,
    /the paper's epochs and images\. Table 1 and Figure 2 of the paper: one seed\.$/,
  );
  const [all] = claimsSection(recorded);
  assert.match(
    all!.text!,
    /Figure 2 of the paper: means over 3 seeds; Figures 3 and 4 of the paper: one seed\.$/,
  );
  const again = { ...recorded.figure3[0]!, seed: 1 };
  const repeated = { ...recorded, figure3: [...recorded.figure3, again] };
  assert.match(claimsSection(repeated)[0]!.text!, /Figures 3 and 4 of the paper: one seed\.$/);
  assert.match(tableSections(repeated).get("figure3")!.text!, /one seed\.$/);
  assert.match(tableSections(quick).get("table1")!.text!, /one seed\.$/);
  assert.equal(seedsOf([{ seed: 4 }, { seed: 4 }]), "one seed");
  assert.equal(seedsOf([{ seed: 0 }, { seed: 4 }]), "means over 2 seeds");
});

Deno.test("AutoAttack on MNIST's and CIFAR-10's models is shown from the study's own folder, unless the run has its own", async () => {
  await inNewFolder(async (outputs) => {
    for (const name of ["mnist", "cifar10"]) {
      const folder = `${outputs}/auto_attack/${name}`;
      await Deno.mkdir(folder, { recursive: true });
      const table = encodeTable(autoAttackColumns, [autoAttackRow()]);
      await Deno.writeFile(`${folder}/auto_attack.arrow`, table);
      const [section, ...more] = await recordedSections(name, quick, outputs);
      assert.deepEqual(more, []);
      assert.ok(isStudy(section!));
      const origin = `Not of this run: outputs/auto_attack/${name}, which comes with the sources. `;
      assert.ok(section!.text!.startsWith(origin), section!.text);
      assert.equal(section!.content.length, 2, "the table and the figure");
      const own = { ...quick, auto_attack: [autoAttackRow()] };
      assert.deepEqual(await recordedSections(name, own, outputs), []);
    }
    assert.deepEqual(await recordedSections("idx:mine", quick, outputs), []);
  });
});
