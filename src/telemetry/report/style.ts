/**
 * How the report looks: by day and by night, on a desk and on a phone, and on paper.
 */
import { palette } from '../palette.ts';

export const style = `${palette}* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
main, header { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; padding-bottom: 8px; }
main { padding-bottom: 48px; }
.brand { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .12em; text-transform: uppercase; }
h1 { margin: 4px 0 2px; font-size: 34px; line-height: 1.15; letter-spacing: -.015em; }
.about { margin: 0; color: var(--soft); }
.verdict { display: inline-block; margin: 16px 0 0; padding: 6px 14px; border-radius: 999px; font-weight: 600; }
.verdict.good { background: var(--good-paper); color: var(--good); }
.verdict.bad { background: var(--bad-paper); color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 14px; margin: 24px 0; padding: 0; list-style: none; }
.tiles li, section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.tiles li { padding: 16px 18px; }
.tiles b { display: block; font-size: 30px; line-height: 1.15; letter-spacing: -.02em; }
.tiles .label { font-weight: 600; font-size: 14px; }
.tiles .more { display: block; color: var(--soft); font-size: 13px; line-height: 1.35; }
.tiles li.bad b { color: var(--bad); }
.outcomes { margin: 0 0 24px; }
.outcomes > svg { display: block; width: 100%; height: 14px; border-radius: 7px; background: var(--track); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 14px; }
.legend svg { width: 11px; height: 11px; margin-right: 7px; }
svg .ran { fill: var(--ran); } svg .late { fill: var(--late); } svg .failed { fill: var(--failed); } svg .unserved { fill: var(--unserved); }
section { margin: 16px 0; padding: 18px 24px 20px; }
section.urgent { border-left: 4px solid var(--failed); }
h2 { margin: 0 0 8px; font-size: 19px; letter-spacing: -.01em; }
.items { margin: 0; padding: 0; list-style: none; }
.items li { padding: 8px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.items li:last-child { border-bottom: 0; padding-bottom: 0; }
.items span { color: var(--soft); }
.why, .todo { margin: 2px 0 0; font-size: 14px; }
.todo { font-weight: 600; color: var(--accent); }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th, td { padding: 7px 14px 7px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; min-width: 64px; }
tr:last-child > td { border-bottom: 0; }
thead th { color: var(--soft); font-weight: 600; font-size: 13px; white-space: nowrap; }
th.number, td.number { padding-right: 22px; text-align: right; white-space: nowrap; }
td:first-child { font-weight: 600; overflow-wrap: break-word; }
td.none { color: var(--soft); }
@media (max-width: 760px) {
  main, header { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 24px; }
  h1 { font-size: 27px; }
  section { padding: 14px; border-radius: 12px; }
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 10px; margin: 16px 0; }
  .tiles li { padding: 12px 13px; }
  .tiles b { font-size: 24px; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tr { display: block; padding: 8px 0; border-bottom: 1px solid var(--line); }
  tr:last-child { border-bottom: 0; padding-bottom: 0; }
  td, td.number { display: flex; gap: 12px; padding: 2px 0; border: 0; text-align: left; white-space: normal; }
  td::before { content: attr(data-label); flex: 0 0 84px; color: var(--soft); font-weight: 400; }
  td.none { display: none; }
}
@media print { section, .tiles li { break-inside: avoid; } body { background: none; } }
`;
