import { mathFontName } from "./math_font.ts";

/** The look of a notebook's cells on a page, code coloured after Pygments' classes; the page has its own for the rest. */
export const notebookStyle = `
.notebook { --code: #f5f7f9; --keyword: #8250df; --string: #0a6c47; --number: #9a4a00; --comment: #6a737d; }
@media (prefers-color-scheme: dark) { .notebook { --code: #1b2027; --keyword: #c4a7f5; --string: #7fd1a8; --number: #e8a86a; --comment: #8b949e; } }
.notebook .prompt, .notebook .anchor-link { display: none; }
.notebook h1 { margin-bottom: 1rem; }
.notebook h3 { font-size: 1.0625rem; margin-top: 2rem; }
.notebook pre, .notebook code { font: .8125rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.notebook pre { margin: 0; overflow-x: auto; }
.notebook code { font-size: .9em; background: var(--code); padding: .1em .3em; border-radius: 3px; }
.notebook .highlight { background: var(--code); border-radius: 6px; padding: .75rem 1rem; margin: 1rem 0; }
.notebook .highlight code { padding: 0; }
.notebook .output_text, .notebook .output_stream { margin: .75rem 0; padding: 0 1rem; border-left: 3px solid var(--rule); overflow-x: auto; }
.notebook .output_html { overflow-x: auto; }
.notebook .text_cell_render table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .9375rem; }
.notebook .text_cell_render :is(th, td) { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
.notebook math[display="block"] { margin: 1rem 0; overflow-x: auto; overflow-y: hidden; max-width: 100%; }
.notebook math { font-family: "${mathFontName}", math; font-size: 1.08em; }
.notebook .text_cell_render details { margin: 1rem 0; padding: .1rem 0 .1rem 1rem; border-left: 3px solid var(--rule); }
.notebook .text_cell_render details pre { margin: .5rem 0; }
.notebook .text_cell_render summary { font-weight: 600; }
.notebook .tml-left { text-align: left; text-align: -webkit-left; }
.notebook .tml-right { text-align: right; text-align: -webkit-right; }
.notebook .output_png img { max-width: 100%; height: auto; border-radius: 4px; }
@media (max-width: 640px) { .notebook .output_png { overflow-x: auto; } .notebook .output_png img { max-width: none; width: 40rem; } }
.notebook a { color: inherit; text-underline-offset: 2px; }
.notebook .highlight :is(.k, .kd, .kr, .kc, .kt, .kn) { color: var(--keyword); }
.notebook .highlight :is(.s, .s1, .s2, .sb, .sx, .sr) { color: var(--string); }
.notebook .highlight :is(.m, .mf, .mi, .mh) { color: var(--number); }
.notebook .highlight :is(.c, .c1, .cm) { color: var(--comment); font-style: italic; }
`;
