/**
 * The style of the table on any page: its colours are mixed from the page's text colour. Sizes in rem have a least one in pixels,
 * here and wherever notebooks show HTML: the classic notebook's rem is 10 pixels.
 */
export const table1Style = `<style>
.dd-table { font-variant-numeric: tabular-nums; --quiet: color-mix(in srgb, currentColor 62%, transparent); --rule: color-mix(in srgb, currentColor 22%, transparent); }
.dd-profile { font-size: max(.875rem, 14px); }
.dd-badge { display: inline-block; padding: .05rem .5rem; border: 1px solid currentColor; border-radius: 1rem; font-weight: 600; font-size: max(.8125rem, 13px); }
.dd-scroll { position: relative; overflow-x: auto; background: linear-gradient(to left, var(--page, transparent) 40%, transparent) right / 2.5rem 100% no-repeat local, linear-gradient(to left, var(--rule), transparent) right / .75rem 100% no-repeat scroll; }
.dd-scroll:focus-visible { outline: 2px solid #0072b2; outline-offset: 2px; }
.dd-table table { border-collapse: collapse; width: 100%; font-size: max(.875rem, 14px); line-height: 1.35; border-bottom: 1.5px solid currentColor; }
.dd-table caption { text-align: left; padding-bottom: .5rem; }
.dd-table thead th { border-top: 1.5px solid currentColor; font-weight: 600; white-space: nowrap; }
.dd-table td { white-space: nowrap; }
.dd-table tbody + tbody { border-top: 1px solid var(--rule); }
.dd-table th[scope=rowgroup] { font-weight: 650; text-align: left; padding: .75rem 0 .25rem; }
.dd-table th[scope=rowgroup] span { position: sticky; left: 0; }
.dd-table th[scope=row] { font-weight: 400; min-width: max(6.5rem, 104px); }
.dd-table th[scope=row], .dd-table thead th:first-child { position: sticky; left: 0; background: var(--page, inherit); }
.dd-table th[scope=row] i { float: left; width: .625rem; height: .625rem; border-radius: 50%; margin: .3rem .5rem 0 0; }
.dd-table th[scope=row] > span { display: block; overflow: hidden; }
.dd-paper { color: var(--quiet); font-family: Georgia, "Times New Roman", serif; font-style: italic; font-size: max(.8125rem, 13px); }
.dd-unit { font-weight: 400; color: var(--quiet); white-space: nowrap; }
.dd-diverged { color: #d55e00; color: light-dark(#b04c00, #f0883e); font-weight: 600; font-style: normal; }
.dd-notes { font-size: max(.8125rem, 13px); line-height: 1.5; color: var(--quiet); padding-left: 1.1rem; margin: .6rem 0 1rem; }
.dd-table summary { display: list-item; cursor: pointer; font-size: max(.875rem, 14px); padding: .25rem 0; }
.dd-table details[open] summary { margin-bottom: .5rem; }
.dd-table sub { line-height: 0; }
.dd-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
</style>`;
