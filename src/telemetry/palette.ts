/**
 * The colours of pages, by day and by night.
 */
export const palette = `
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
`;
