import assert from "node:assert/strict";
import { table1 } from "../../../lib/plots/figures/table1.ts";
import { divergedRow, table1Row } from "../sample_rows.ts";

/** The markup without the style sheet. */
function markup(rows: Parameters<typeof table1>[0]): string {
  return table1(rows).html.replace(/<style>.*?<\/style>/s, "");
}

Deno.test("ours stand over the paper's", () => {
  const html = markup([table1Row({ accuracy: 0.9844, rho2: 0.1234 })]);
  assert.match(html, /dd-ours">98\.44<\/span><br><i class="dd-paper">.*?98\.31</);
  assert.match(html, /dd-ours">0\.123<\/span><br><i class="dd-paper">.*?0\.111</);
  assert.match(html, /<span>MNIST, MLP<\/span>/);
});

Deno.test("what the paper does not have is a dash", () => {
  const html = markup([table1Row({ method: "clean", paper_accuracy: null })]);
  assert.match(html, /dd-ours">98\.31<\/span><br><i class="dd-paper">–</);
});

Deno.test("several seeds are a mean and its Student interval", () => {
  const rows = [0.98, 0.982, 0.984].map((accuracy, seed) => table1Row({ seed, accuracy }));
  const html = markup(rows);
  assert.match(html, /98\.20 ± 0\.50</); // 4.303 * 0.2 / sqrt(3)
  assert.match(html, /n = 3/);
  assert.match(html, /95% Student interval/);
  assert.doesNotMatch(markup([table1Row()]), /Student/);
});

Deno.test("a diverged seed is named and left out", () => {
  const html = markup([table1Row(), divergedRow({ seed: 4 })]);
  assert.match(html, /MNIST, MLP, Reference: seed 4 diverged, left out/);
  assert.match(html, /dd-ours">98\.31</);
  const alone = markup([divergedRow()]);
  assert.match(alone, /dd-diverged">diverged/);
  assert.match(alone, /dd-ours">–</);
  assert.doesNotMatch(alone, /NaN|null|undefined/);
});

Deno.test("profiles are never in one table", () => {
  const html = markup([table1Row(), table1Row({ profile: "paper", accuracy: 0.9899 })]);
  const [, quick, paper] = html.split('<section class="dd-table"');
  assert.match(quick ?? "", /dd-badge">quick</);
  assert.doesNotMatch(quick ?? "", /98\.99/);
  assert.match(paper ?? "", /dd-badge">paper</);
  assert.doesNotMatch(paper ?? "", /dd-ours">98\.31/);
});

Deno.test("quick is at the paper's scale on MNIST only; one seed is called one seed", () => {
  assert.match(markup([table1Row()]), /rows at the paper's own scale, one seed</);
  assert.match(
    markup([table1Row({ dataset: "cifar10" })]),
    /profile: fewer epochs than the paper's, one seed</,
  );
  assert.doesNotMatch(markup([table1Row(), table1Row({ seed: 1 })]), /one seed/);
});

Deno.test("epochs that are not the profile's are said", () => {
  const { html } = table1([table1Row({ profile: "paper" })], { epochs: 15 });
  assert.match(html, /profile: the paper's own scale, but 15 epochs of fine-tuning, one seed</);
});

Deno.test("a seed that came twice is shown once, and said", () => {
  const html = markup([table1Row({ accuracy: 0.5 }), table1Row()]);
  assert.match(html, /seed 0 came twice; the last row is shown/);
  assert.match(html, /dd-ours">98\.31</);
});

Deno.test("the best of ours on a network is bold", () => {
  const html = markup([table1Row(), table1Row({ method: "deep_defense", accuracy: 0.9865 })]);
  assert.match(html, /<b class="dd-ours">98\.65</);
  assert.doesNotMatch(html, /<b class="dd-ours">98\.31/);
});

Deno.test("further measures are in a folded table", () => {
  const fold = markup([table1Row()]).split("<details>")[1] ?? "";
  for (const value of ["0.111", "0.0912", "20.0", "99.99", "2.41"]) {
    assert.ok(fold.includes(`>${value}<`), value);
  }
});

Deno.test("names from outside are escaped, and no rows make no table", () => {
  const html = markup([table1Row({ dataset: "idx:<script>alert(1)</script>", profile: "<b>" })]);
  assert.doesNotMatch(html, /<script|<b>"|><b></);
  assert.match(html, /&lt;script&gt;/);
  assert.match(markup([]), /No results/);
});
