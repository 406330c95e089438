import assert from "node:assert/strict";
import type { Figure } from "../../../lib/plots/figures/figure.ts";
import { inlineJson, inlineScript } from "../../../lib/plots/page/html.ts";
import { type ReportOptions, reportPage } from "../../../lib/plots/page/report.ts";

const FIGURE: Figure = {
  data: [{ type: "scatter", x: [0, 1], y: [1, 0], name: "</script><script>alert(1)</script>" }],
  layout: { height: 300 },
  alt: "A line that falls & <falls>.",
};

function page(own: Partial<ReportOptions> = {}): string {
  return reportPage({
    title: "Deep Defense",
    sections: [{ heading: "Convergence", content: [FIGURE] }],
    settings: { profile: "quick", seeds: [0, 1], deep_defense: { lambda: 15, c: 25 } },
    machine: { cores: 2 },
    durationSeconds: 200,
    plotlyScript: "/* plotly */",
    ...own,
  });
}

Deno.test("text is escaped wherever it comes from", () => {
  const evil = `<img src=x onerror="a('b')">`;
  const html = page({
    title: evil,
    sections: [{ heading: evil, text: evil, content: [{ ...FIGURE, alt: evil }] }],
    settings: { [evil]: evil },
    machine: { [evil]: [evil] },
  });
  assert.doesNotMatch(html, /<img/);
  assert.equal(html.split("&lt;img src=x onerror=&#34;a(&#39;b&#39;)&#34;&gt;").length, 10);
});

Deno.test("nothing ends a script early", () => {
  const plotlyScript = `const a = "</script><!-- <script>"; // </SCRIPT>`;
  const html = page({ plotlyScript });
  assert.equal(html.match(/<\/script/gi)?.length, 3, "three scripts, three ends");
  assert.doesNotMatch(html, /<!--/);
  const island = /id="figures">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
  assert.deepEqual(JSON.parse(island).figures, [FIGURE]);
});

Deno.test("an inlined script means what it meant", () => {
  const value = new Function(inlineScript(`return "</script><!--" + /<\\/script/.source`))();
  assert.equal(value, "</script><!--" + "<\\/script");
  assert.equal(JSON.parse(inlineJson("</script>")), "</script>");
});

Deno.test("the page loads nothing and may load nothing", () => {
  const html = page();
  assert.doesNotMatch(html, /https?:|(?:src|href)=|@import|url\(/);
  assert.match(html, /Content-Security-Policy" content="default-src 'none';/);
});

Deno.test("what a reader must know first stands on top, escaped; without it there is nothing", () => {
  assert.match(page({ notice: "gaps <6>" }), /<p><b>gaps &lt;6&gt;\.<\/b><\/p>\s*<\/header>/);
  assert.doesNotMatch(page(), /<p><b>/);
});

Deno.test("a page says on top what it is about; its settings are folded, at the end", () => {
  const html = page({ lead: "At ε_ref <half>.", about: { Data: "MNIST", Date: "2026-01-02" } });
  const [top = "", rest = ""] = html.split("</header>");
  assert.match(top, /<p>At ε<sub>ref<\/sub> &lt;half&gt;\.<\/p>/);
  assert.match(top, /<dt>Data<\/dt><dd>MNIST<\/dd>.*<dt>Date<\/dt><dd>2026-01-02<\/dd>/);
  assert.match(rest, /<\/section>\s*<details class="how"><summary>.*<\/details>\s*<\/main>/s);
  assert.ok(rest.indexOf("<dt>profile</dt>") > rest.indexOf("<details"));
});

Deno.test("settings, machine and duration are shown", () => {
  const html = page();
  assert.match(html, /<dt>seeds<\/dt><dd>0, 1<\/dd>/);
  assert.match(html, /<dt>deep_defense<\/dt><dd>lambda 15, c 25<\/dd>/);
  assert.match(html, /<dt>cores<\/dt><dd>2<\/dd>/);
  assert.match(html, /<dt>Computed in<\/dt><dd>3 min 20 s<\/dd>/);
});

Deno.test("every figure of a page has a place and a caption of its own", () => {
  const sections = ["A", "B"].map((heading) => ({
    heading,
    content: [FIGURE, { html: "<p>between</p>", alt: "" }],
  }));
  const html = page({ sections });
  const captions = [...html.matchAll(/<figcaption id="figure-(\d)">/g)].map(([, number]) => number);
  assert.deepEqual(captions, ["1", "2"]);
  assert.match(html, /aria-labelledby="figure-2"/);
  assert.match(html, /A line that falls &amp; &lt;falls&gt;\./);
});
