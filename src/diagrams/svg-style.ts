/**
 * How pictures of charts look, light and dark.
 */

const light = {
  paper: '#ffffff',
  ink: '#1c2333',
  faint: '#667085',
  box: '#ffffff',
  group: '#f5f7fb',
  edge: '#c3cad9',
  line: '#8a94a8',
  rest: '#0f8a5f',
  person: '#c2410c',
  personBox: '#fff7ed',
  timer: '#2f5fd0',
  done: '#0f8a5f',
  error: '#c2273d',
  lit: '#2f5fd0',
  litBox: '#e8effd',
};

const dark: typeof light = {
  paper: '#10141d',
  ink: '#e6eaf2',
  faint: '#98a2b6',
  box: '#1b2130',
  group: '#151a26',
  edge: '#3a4459',
  line: '#76819a',
  rest: '#3ecf97',
  person: '#fb923c',
  personBox: '#2c2018',
  timer: '#82a8ff',
  done: '#3ecf97',
  error: '#ff7a8a',
  lit: '#82a8ff',
  litBox: '#1d2b4d',
};

/** Every rule begins with the picture's class, so that it changes nothing of a page that has the picture in it. */
export function styleOf(): string {
  const rules = `
.nightshift-chart{background:var(--paper);color:var(--ink);font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-size:11px}
.nightshift-chart text{fill:var(--ink)}
.nightshift-chart .title{font-size:18px;font-weight:650}
.nightshift-chart .state rect{fill:var(--box);stroke:var(--edge);stroke-width:1.25}
.nightshift-chart .state.compound>rect{fill:var(--group)}
.nightshift-chart .state.is-waitsForHuman>rect{fill:var(--personBox);stroke:var(--person)}
.nightshift-chart .state.is-rest:not(.is-waitsForHuman)>rect{stroke:var(--rest)}
.nightshift-chart .name{font-size:14px;font-weight:600}
.nightshift-chart .person{fill:var(--person)}
.nightshift-chart .effect{fill:var(--timer)}
.nightshift-chart .inner{fill:var(--faint)}
.nightshift-chart .heading text{stroke:var(--group);stroke-width:5px;stroke-linejoin:round;paint-order:stroke}
.nightshift-chart .transition path,.nightshift-chart .start path{fill:none;stroke:var(--line);stroke-width:1.25}
.nightshift-chart .transition path.reach{stroke:transparent;stroke-width:10}
.nightshift-chart .transition.by-after path:not(.reach){stroke:var(--timer);stroke-dasharray:5 3}
.nightshift-chart .transition.by-done path:not(.reach){stroke:var(--done)}
.nightshift-chart .transition.by-error path:not(.reach){stroke:var(--error)}
.nightshift-chart .start circle{fill:var(--ink)}
.nightshift-chart .label rect{fill:var(--paper);opacity:.92}
.nightshift-chart .label text{text-anchor:middle}
.nightshift-chart .label .by-after{fill:var(--timer)}
.nightshift-chart .label .by-done{fill:var(--done)}
.nightshift-chart .label .by-error{fill:var(--error)}
.nightshift-chart .label .by-always{fill:var(--faint)}
.nightshift-chart .state.current>rect{fill:var(--litBox);stroke:var(--lit);stroke-width:2.5}
.nightshift-chart .transition.passed path:not(.reach){stroke:var(--lit);stroke-width:2.5;stroke-dasharray:none}`;
  return `
.nightshift-chart{${variables(light)}}
@media(prefers-color-scheme:dark){.nightshift-chart{${variables(dark)}}}${rules}
`;
}

function variables(colours: Readonly<Record<string, string>>): string {
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');
}
