/**
 * How the page looks: by day and by night, on a desk and on a phone, and on paper.
 */

export const style = `:root { --names: 190px; --totals: 60px; --gap: 14px; }
section { margin: 24px 0; padding: 20px 24px 24px; background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
h2 { margin: 0 0 4px; font-size: 20px; letter-spacing: -.01em; }
section > p { margin: 0 0 14px; color: var(--soft); max-width: 70ch; }
.tiles li { padding: 16px 18px; background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
figure { margin: 0; }
figcaption { font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 6px 0 10px; padding: 0; list-style: none; color: var(--soft); font-size: 14px; }
.legend svg { width: 11px; height: 11px; margin-right: 7px; border-radius: 2px; }
.plot, .strip { display: grid; grid-template-columns: var(--names) 1fr var(--totals); gap: 0 var(--gap); }
.plot > svg { width: 100%; height: 220px; display: block; }
.y { display: flex; flex-direction: column; justify-content: space-between; margin: -9px 0; color: var(--soft); font-size: 12px; text-align: right; }
.x { grid-column: 2; display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; margin-top: 6px; color: var(--soft); font-size: 12px; }
.strips { margin-top: 22px; border-top: 1px solid var(--line); padding-top: 14px; }
.strip { align-items: center; padding: 5px 0; font-size: 14px; }
.strip svg { width: 100%; height: 30px; display: block; }
.strip .total { text-align: right; font-weight: 600; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
caption { text-align: left; color: var(--soft); padding: 0 0 8px; }
th, td { padding: 7px 14px 7px 0; text-align: left; vertical-align: middle; border-bottom: 1px solid var(--line); }
tr:last-child > * { border-bottom: 0; }
th.number, td.number { text-align: right; white-space: nowrap; }
td.wide { min-width: 180px; width: 32%; }
td.when { white-space: nowrap; color: var(--soft); }
.meter { width: 100%; height: 10px; display: block; border-radius: 3px; }
.meter.span { height: 12px; border-radius: 0; }
.scale { display: flex; justify-content: space-between; color: var(--soft); font-size: 11px; font-weight: 400; }
details { border-bottom: 1px solid var(--line); }
details:last-of-type { border-bottom: 0; }
summary { padding: 11px 0; cursor: pointer; font-weight: 600; }
summary .when { font-weight: 400; color: var(--soft); margin-left: 8px; }
.path { margin: 0 0 16px 6px; padding: 0; list-style: none; border-left: 2px solid var(--line); font-size: 14px; }
.path li { position: relative; display: grid; grid-template-columns: 118px 1fr; gap: 12px; padding: 3px 0 3px 18px; overflow-wrap: anywhere; }
.path li::before { content: ""; position: absolute; left: -6px; top: 9px; width: 10px; height: 10px; border-radius: 50%; background: var(--ran); border: 2px solid var(--card); }
.path li.fault::before { background: var(--failed); }
.path li.note::before { background: var(--unserved); }
.path time { color: var(--soft); white-space: nowrap; }
.path li.fault span { color: var(--bad); }
code { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { margin: 10px 0 0; padding: 12px 14px; background: var(--track); border-radius: 8px; white-space: pre-wrap; }
footer { padding-bottom: 48px; color: var(--soft); font-size: 13px; overflow-wrap: anywhere; }
svg .crash { fill: var(--crash); } svg .track { fill: var(--track); } svg .grid { fill: var(--line); }
svg .hover { fill: transparent; } svg g:hover .hover { fill: var(--track); }
@media (max-width: 760px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 24px; }
  h1 { font-size: 27px; }
  section { padding: 16px 14px 18px; margin: 16px 0; border-radius: 12px; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 10px; margin: 16px 0; }
  .tiles li { padding: 12px 13px; }
  .tiles b { font-size: 24px; }
  .plot > svg { height: 160px; }
  :root { --names: 28px; --gap: 8px; }
  .plot, .strip { grid-template-columns: var(--names) 1fr; }
  .verdict { border-radius: 12px; }
  .strip { padding: 7px 0; }
  .strip .name { grid-column: 1 / 3; grid-row: 1; }
  .strip .total { grid-column: 2; grid-row: 1; }
  .strip svg { grid-column: 2; grid-row: 2; }
  .path li { grid-template-columns: 1fr; gap: 0; }
  table, caption, tbody, tr, th, td { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { padding: 9px 0; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody td, td.wide { padding: 0; border: 0; width: auto; min-width: 0; }
  tbody td:not(.wide) { display: inline-block; margin-right: 14px; text-align: left; }
  tbody td:empty { display: none; }
  td[data-label]::before { content: attr(data-label) " "; color: var(--soft); font-size: 13px; }
  td.wide { padding: 5px 0; }
  .meter.span, .desk { display: none; }
}
@media print { section, .tiles li { break-inside: avoid; } body { background: none; } }
`;
