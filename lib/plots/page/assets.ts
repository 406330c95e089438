/** The page's style: one column of text width, the reader's colour scheme. */
export const pageStyle = `
:root { --page: #ffffff; --ink: #1f2328; --quiet: #57606a; --rule: #d8dee4; }
@media (prefers-color-scheme: dark) { :root { --page: #14181d; --ink: #e3e7ec; --quiet: #9aa4af; --rule: #313840; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 60rem; background: var(--page); color: var(--ink); font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .25rem; text-wrap: balance; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 3rem 0 .75rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
h3 { font-size: .9375rem; margin: 0 0 .5rem; }
p { max-width: 42rem; }
.about { margin: 1rem 0; }
.about div { justify-content: flex-start; border: 0; padding: .1rem 0; gap: .75rem; }
.about dt { width: 6.5rem; }
.about dd { text-align: left; }
.how { margin-top: 3rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); }
summary { cursor: pointer; }
.how[open] > summary { margin-bottom: 1rem; }
sub { line-height: 0; font-size: .75em; }
.chart { margin: 1rem 0 2.25rem; }
.plot { width: 100%; }
figcaption { color: var(--quiet); font-size: .875rem; line-height: 1.5; max-width: 42rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem 3rem; }
dl { margin: 0; font-size: .875rem; }
dl div { display: flex; justify-content: space-between; gap: 1.5rem; padding: .3rem 0; border-bottom: 1px solid var(--rule); }
dt { color: var(--quiet); flex: none; max-width: 50%; }
dd { margin: 0; text-align: right; min-width: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.js-plotly-plot .plotly .modebar { opacity: 0; transition: opacity .15s; }
.js-plotly-plot:hover .plotly .modebar, .js-plotly-plot:focus-within .plotly .modebar { opacity: 1; }
@media (max-width: 640px) { body { padding: 1.25rem 1rem 3rem; } h1 { font-size: 1.4rem; } h2 { margin-top: 2rem; } }
`;

/** Draws the page's figures, and draws them again when the colour scheme or the arrangement changes. */
export const drawScript = `
(() => {
  const { figures, templates } = JSON.parse(document.getElementById("figures").textContent);
  const plots = document.querySelectorAll(".plot");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const narrow = matchMedia("(max-width: 640px)");
  const config = { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] };
  const draw = () => figures.forEach(async (figure, index) => {
    const plot = plots[index];
    const { data, frames, layout } = structuredClone({ ...figure, layout: (narrow.matches && figure.narrow) || figure.layout });
    layout.paper_bgcolor = getComputedStyle(document.body).backgroundColor;
    layout.template = templates[dark.matches ? "dark" : "light"];
    if (narrow.matches) Object.assign(layout, { dragmode: false, margin: { ...layout.margin, r: 8 } });
    plot.style.minHeight = layout.height + "px";
    try {
      const Plotly = await plotly;
      await Plotly.react(plot, { data, layout, frames, config: { ...config, displayModeBar: narrow.matches ? false : "hover" } });
      plot.dataset.drawn = "true";
    } catch (error) {
      plot.textContent = "This figure could not be drawn: " + error.message;
    }
  });
  draw();
  dark.addEventListener("change", draw);
  narrow.addEventListener("change", draw);
})();
`;
