/**
 * How the report looks: by day and by night, on a desk and on a phone, and on paper.
 */

export const style = `main { padding-bottom: 48px; }
.tiles li, section { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.tiles li { padding: 16px 18px; }
.outcomes { margin: 0 0 24px; }
.outcomes > svg { display: block; width: 100%; height: 14px; border-radius: 7px; background: var(--track); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0 0; padding: 0; list-style: none; color: var(--soft); font-size: 14px; }
.legend svg { width: 11px; height: 11px; margin-right: 7px; }
section { margin: 16px 0; padding: 18px 24px 20px; }
section.urgent { border-left: 4px solid var(--failed); }
h2 { margin: 0 0 8px; font-size: 19px; letter-spacing: -.01em; }
.items { margin: 0; padding: 0; list-style: none; }
.items li { padding: 8px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.items li:last-child { border-bottom: 0; padding-bottom: 0; }
.items span { color: var(--soft); }
.why, .todo { margin: 2px 0 0; font-size: 14px; }
.todo { font-weight: 600; color: var(--accent); }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
th, td { padding: 7px 14px 7px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; min-width: 64px; }
tr:last-child > td { border-bottom: 0; }
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
