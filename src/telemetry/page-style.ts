/**
 * How every page in one file looks: its colours by day and by night, its head, its verdict, tiles and tables.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #f7f6f2; --card: #fffefb; --ink: #1d2330; --soft: #5b6272; --line: #dedbd2; --track: #e9e6dd;
  --ran: #2f6fb3; --late: #d5951d; --failed: #c4432b; --unserved: #8b8f9c; --crash: #7a4fa3; --accent: #24507f;
  --good: #1f7a4d; --good-paper: #e3f2e8; --bad: #a82d17; --bad-paper: #fbe6e1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10141d; --card: #181e2a; --ink: #e7e9ee; --soft: #9aa3b5; --line: #2b3342; --track: #262e3c;
    --ran: #5f9fe0; --late: #e3ad45; --failed: #ea7159; --unserved: #7f8799; --crash: #b48ade; --accent: #9cc4ee;
    --good: #6fd09d; --good-paper: #16301f; --bad: #ff9d88; --bad-paper: #3a1a14;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; padding-bottom: 8px; }
.brand { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .12em; text-transform: uppercase; }
h1 { margin: 4px 0 2px; font-size: 34px; line-height: 1.15; letter-spacing: -.015em; }
.about { margin: 0; color: var(--soft); }
.verdict { display: inline-block; margin: 16px 0 0; padding: 6px 14px; border-radius: 999px; font-weight: 600; }
.verdict.good { background: var(--good-paper); color: var(--good); }
.verdict.bad { background: var(--bad-paper); color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 14px; margin: 24px 0; padding: 0; list-style: none; }
.tiles b { display: block; font-size: 30px; line-height: 1.15; letter-spacing: -.02em; }
.tiles .label { font-weight: 600; font-size: 14px; }
.tiles .more { display: block; color: var(--soft); font-size: 13px; line-height: 1.35; }
.tiles li.bad b { color: var(--bad); }
svg .ran { fill: var(--ran); } svg .late { fill: var(--late); } svg .failed { fill: var(--failed); } svg .unserved { fill: var(--unserved); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
thead th { color: var(--soft); font-weight: 600; font-size: 13px; white-space: nowrap; }
`;
