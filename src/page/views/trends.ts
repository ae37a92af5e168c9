/**
 * Trends: how long things take and how often they fail, beside the week before; and one subject's past as charts.
 */
import { signal } from '@preact/signals';
import { html } from 'htm/preact';
import type { Figure } from '../../policies/trend.ts';
import type { FigureName, StateTime, SubjectFigures } from '../../telemetry/metrics/figures.ts';
import type { Overview, PastPoint, Period } from '../../telemetry/metrics/overview.ts';
import { now } from '../clock.ts';
import { lengthOf } from '../format.ts';
import { useAnswer } from '../parts/answer.ts';
import { Icon } from '../parts/icon.ts';
import { LineChart } from '../parts/line-chart.ts';
import { Steady } from '../parts/steady.ts';
import { route, trendsLink } from '../route.ts';
import { theme } from '../theme.ts';
import { stateWords } from '../words.ts';
import { valueText } from './figure-text.ts';
import { Highlights } from './highlights.ts';

const period = signal<Period>('day');
const search = signal('');
/** Which column the tables are in the order of, the largest first; null: by name. */
const order = signal<FigureName | null>(null);
const rowsMax = 200;

const kinds = {
  engine: 'Engines',
  step: 'Steps',
  service: 'Services',
  token: 'Tokens',
  process: 'The process',
} as const;

const columns: Readonly<Record<FigureName, string>> = {
  runs: 'runs',
  ends: 'ends',
  calls: 'calls',
  refreshes: 'renewals',
  successShare: 'success',
  attemptsPerSuccess: 'attempts each',
  callsPerSuccess: 'calls each',
  p50Ms: 'p50',
  p95Ms: 'p95',
  p99Ms: 'p99',
  lagP95Ms: 'lag p95',
  unserved: 'not served',
  openings: 'openings',
  quotaShare: 'quota',
  memoryBytes: 'memory',
  cpuShare: 'processor',
  loopDelayMs: 'loop delay',
  diskFreeBytes: 'disk free',
  incidents: 'incidents',
};
/** More of these is worse; of the others that are judged, better. */
const worseWhenMore = new Set<FigureName>([
  'attemptsPerSuccess',
  'callsPerSuccess',
  'p50Ms',
  'p95Ms',
  'p99Ms',
  'lagP95Ms',
  'unserved',
  'openings',
  'memoryBytes',
  'cpuShare',
  'loopDelayMs',
  'incidents',
]);
const betterWhenMore = new Set<FigureName>(['successShare', 'diskFreeBytes']);
const noticeable = 0.05;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** As many points a chart has room for at least. */
const pointsMin = 6;

export function Trends() {
  const path = `/api/metrics?period=${period.value}`;
  const { value, error } = useAnswer<Overview>(path, Math.floor(now.value / minuteMs));
  const subjects = value?.subjects.filter(({ name }) => name.toLowerCase().includes(search.value.toLowerCase())) ?? [];
  const choose = (each: Period) => () => {
    period.value = each;
  };
  return html`<h1 tabindex="-1">Trends</h1>
    <div class="tools">
      <label class="search"><${Icon} name="search" /><span class="unseen">Search</span><input type="search" placeholder="Search by name" value=${search.value} onInput=${(
        event: InputEvent,
      ) => {
        search.value = (event.currentTarget as HTMLInputElement).value;
      }} /></label>
      <div class="actions" role="group" aria-label="Period">
        <button type="button" aria-pressed=${period.value === 'day'} onClick=${choose('day')}>24 hours</button>
        <button type="button" aria-pressed=${period.value === 'week'} onClick=${choose('week')}>7 days</button>
      </div>
    </div>
    ${error && html`<p class="banner bad" role="alert">${error.message}</p>`}
    <${Steady} waits=${!value && !error}>${value && search.value === '' && html`<${Highlights} subjects=${value.subjects} />`}<//>
    <${Past} subject=${chosen()} states=${value?.subjects.find(({ subject }) => subject === chosen())?.states ?? []} />
    ${Object.entries(kinds).map(([kind, name]) => html`<${Table} key=${kind} name=${name} subjects=${subjects.filter((subject) => subject.kind === kind)} />`)}`;
}

/** Whose past is shown. */
function chosen(): string {
  return route.value.id || 'process/self';
}

function Table({ name, subjects }: { name: string; subjects: SubjectFigures[] }) {
  if (subjects.length === 0) return null;
  const figures = (Object.keys(columns) as FigureName[]).filter((figure) =>
    subjects.some((subject) => subject.figures[figure]),
  );
  return html`<section><h2>${name}</h2>
    <div class="table-place" tabindex="0" role="region" aria-label=${name}><table>
      <thead><tr><th scope="col">Name</th>${figures.map((figure) => html`<${Column} key=${figure} figure=${figure} />`)}</tr></thead>
      <tbody>${ordered(subjects)
        .slice(0, rowsMax)
        .map(
          (subject) => html`<tr key=${subject.subject} class=${subject.subject === chosen() ? 'chosen' : ''}>
        <th scope="row"><a href=${trendsLink(subject.subject)} aria-current=${subject.subject === chosen() ? 'true' : undefined}>${subject.kind === 'process' ? 'nightshift' : subject.name}</a></th>
        ${figures.map((figure) => html`<td key=${figure}><${Value} name=${figure} figure=${subject.figures[figure]} /></td>`)}
      </tr>`,
        )}</tbody>
    </table></div>
    ${subjects.length > rowsMax && html`<p class="muted">${subjects.length - rowsMax} more: search for a name.</p>`}
  </section>`;
}

function Column({ figure }: { figure: FigureName }) {
  const isChosen = order.value === figure;
  const choose = () => {
    order.value = isChosen ? null : figure;
  };
  return html`<th scope="col" aria-sort=${isChosen ? 'descending' : undefined}><button type="button" onClick=${choose}>${columns[figure]}${isChosen && html`<i aria-hidden="true"> ↓</i>`}</button></th>`;
}

function ordered(subjects: readonly SubjectFigures[]): readonly SubjectFigures[] {
  const by = order.value;
  if (by === null) return subjects;
  const value = ({ figures }: SubjectFigures) => figures[by]?.value ?? Number.NEGATIVE_INFINITY;
  return subjects.toSorted((one, other) => value(other) - value(one));
}

function Value({ name, figure }: { name: FigureName; figure: Figure | undefined }) {
  if (figure?.value === null || figure?.value === undefined) return html`<span class="muted">–</span>`;
  const { change } = figure;
  const isNews = change !== null && Math.abs(change) >= noticeable;
  const tone = !isNews
    ? ''
    : (change > 0 ? worseWhenMore : betterWhenMore).has(name)
      ? 'bad-text'
      : (change > 0 ? betterWhenMore : worseWhenMore).has(name)
        ? 'well-text'
        : 'muted';
  return html`${valueText(name, figure.value)}<${Change} change=${change} tone=${tone} />`;
}

/** Nothing for hardly any. */
function Change({ change, tone }: { change: number | null; tone: string }) {
  if (change === null || Math.abs(change) < noticeable) return null;
  return html` <small class=${tone} title="against the week before">${change > 0 ? '▲' : '▼'} ${Math.round(Math.abs(change) * 100)} %</small>`;
}

interface Drawing {
  title: string;
  lines: { figure: FigureName; name: string; tone: 'run' | 'well' | 'wait' | 'bad' }[];
}

function Past({ subject, states }: { subject: string; states: readonly StateTime[] }) {
  const span = period.value === 'day' ? 'hour' : 'day';
  const path = `/api/metrics/past?subject=${encodeURIComponent(subject)}&span=${span}&count=${span === 'hour' ? 48 : 30}`;
  const { value, error } = useAnswer<{ points: PastPoint[] }>(path, Math.floor(now.value / minuteMs));
  const points = value?.points ?? [];
  const spanMsMin = pointsMin * (span === 'hour' ? hourMs : dayMs);
  const [kind = '', ...name] = subject.split('/');
  const drawings = drawingsOf(kind);
  const title = kind === 'process' ? 'The process' : name.join('/');
  return html`<section class="past" aria-label=${`Past of ${title}`}><h2>${title}, ${span === 'hour' ? 'hour by hour' : 'day by day'}</h2>
    ${error && html`<p class="banner bad" role="alert">${error.message}</p>`}
    <${Steady} waits=${!value && !error}>${
      points.length === 0
        ? value && html`<p class="empty">Nothing is on record yet: the first ${span} is not over.</p>`
        : html`<div class="past-charts">${drawings.map(
            (
              drawing,
            ) => html`<${LineChart} key=${drawing.title} title=${drawing.title} theme=${theme.value} spanMsMin=${spanMsMin} ats=${points.map(({ at }) => at)}
        series=${drawing.lines.map(({ figure, name: label, tone }) => ({ name: label, tone, values: points.map(({ figures }) => figures[figure]?.value ?? null) }))}
        textOf=${(value: number) => valueText(drawing.lines[0]?.figure ?? 'runs', value)} />`,
          )}</div>`
    }<//>
    ${states.length > 0 && html`<p>Time in states: ${states.map((each, n) => html`${n > 0 && ', '}<span key=${each.state}>${stateWords(each.state)} ${lengthOf(each.ms)}<${Change} change=${each.change} tone="muted" /></span>`)}</p>`}
  </section>`;
}

function drawingsOf(kind: string): Drawing[] {
  if (kind === 'process') {
    return [
      { title: 'Memory', lines: [{ figure: 'memoryBytes', name: 'most', tone: 'run' }] },
      { title: 'Processor', lines: [{ figure: 'cpuShare', name: 'of a core', tone: 'wait' }] },
    ];
  }
  const success: Drawing = { title: 'Success', lines: [{ figure: 'successShare', name: 'share', tone: 'well' }] };
  if (kind === 'token') return [success];
  const lengths: Drawing['lines'] = [
    { figure: 'p50Ms', name: 'p50', tone: 'well' },
    { figure: 'p95Ms', name: 'p95', tone: 'run' },
    { figure: 'p99Ms', name: 'p99', tone: 'wait' },
  ];
  return [{ title: 'Length', lines: lengths }, success];
}
