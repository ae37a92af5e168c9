/**
 * The report of a simulation as a page of its own: one file, with nothing that is loaded from elsewhere and nothing that runs.
 */
import { type Html, html } from '../../../telemetry/html.ts';
import { standalonePage } from '../../../telemetry/standalone-page.ts';
import { type Preset, presetWords } from '../presets.ts';
import { type Bucket, isSound, lostRuns, type SimulationReport } from '../report.ts';
import { healedText, length, percent } from '../report-text.ts';
import type { Simulation } from '../simulate.ts';
import { type ChartText, type Series, stackedBars, strip } from './charts.ts';
import { momentSection, violationSection } from './moments.ts';
import { style } from './style.ts';
import { engineSection, healingSection, interventionSection, reasonSection, serviceSection } from './tables.ts';

const dayMs = 86_400_000;
const ticksMax = 8;

export function reportPage({ report, culprits }: Simulation): string {
  const { days, faults, seed, digest, from, to, healedBy } = report;
  const title = `${count(days, 'day')} of '${faults}'`;
  const body = html`<header>
<p class="brand">Nightshift simulation</p>
<h1>${title}</h1>
<p class="about">Seed ${seed}. From ${date(from)} to ${date(to)}, then ${length(healedBy - to)} without faults to get well again.${faults in presetWords && html`<br>‘${faults}’ is: ${presetWords[faults as Preset]}.`}</p>
${verdict(report)}
</header>
<main>
${tiles(report)}
${violationSection(report, culprits)}
${timeSection(report)}
${healingSection(report)}
${momentSection(report)}
${engineSection(report)}
${serviceSection(report)}
${reasonSection(report)}
${interventionSection(report)}
</main>
<footer><p>The same seed gives the same history on the same Node. This one is ${digest.slice(0, 16)}.</p></footer>`;
  return standalonePage({ title: `${title}, seed ${seed}: Nightshift simulation`, style, body });
}

function verdict(report: SimulationReport): Html {
  const { violations, healing } = report;
  if (isSound(report)) return html`<p class="verdict good">All that must hold held; ${healedText(healing)}</p>`;
  return violations.length === 0
    ? html`<p class="verdict bad">${count(lostRuns(report), 'run')} lost</p>`
    : html`<p class="verdict bad">${count(violations.length, 'time')} something did not hold that must</p>`;
}

function tiles(report: SimulationReport): Html {
  const { totals, lost, interventions, hoursBetweenInterventions, alerts, crashes, calls, engines, days } = report;
  const well = totals.ran + totals.late;
  const lostAll = lostRuns(report);
  const longest = engines.toSorted((one, other) => other.longestWithoutMs - one.longestWithoutMs)[0];
  const offences = calls.pastQuota + calls.expiredToken;
  const tile = (label: string, value: string, more: string, isBad = false) =>
    html`<li class="${isBad ? 'bad' : ''}"><span class="label">${label}</span><b>${value}</b><span class="more">${more}</span></li>`;
  return html`<ul class="tiles">
${tile('Runs ended well', number(well), `${number(totals.failed)} failed, ${number(totals.late)} were late`)}
${tile('Lost runs', number(lostAll), `of ${number(lost.of)} due times; ${number(totals.skipped + totals.missed)} were decided against, with a reason`, lostAll > 0)}
${tile('Interventions', number(interventions.length), hoursBetweenInterventions === null ? 'nobody had to do anything' : `one every ${length(hoursBetweenInterventions * 3_600_000)}`)}
${tile('Alerts', number(alerts.opened), `and ${count(alerts.reminders, 'reminder')}; ${(alerts.opened / days).toFixed(1)} a day`)}
${tile('Crashes', number(crashes), `${lost.stepsDoneTwice === 0 ? 'no finished step was done again' : `${count(lost.stepsDoneTwice, 'finished step')} done again`}`, lost.stepsDoneTwice > 0)}
${tile('Calls to dead services', number(calls.wasted), `of ${number(calls.made)} (${percent(calls.made === 0 ? 0 : calls.wasted / calls.made)})`)}
${tile('Rule violations', number(offences), `${number(calls.pastQuota)} past a quota, ${number(calls.expiredToken)} with an expired token`, offences > 0)}
${tile('Longest without success', longest ? length(longest.longestWithoutMs) : 'none', longest ? `${longest.engine}, beyond its schedule` : '')}
</ul>`;
}

const strips = [
  ['Crashes', 'crashes', 'crash'],
  ['Alerts and reminders', 'alerts', 'late'],
  ['Interventions', 'interventions', 'failed'],
  ['Calls to dead services', 'wasted', 'unserved'],
  ['Rule violations', 'offences', 'failed'],
] as const;

function timeSection({ timeline: { bucketMs, buckets } }: SimulationReport): Html {
  const series = (name: string, key: keyof Bucket, colour: string): Series => ({
    name,
    class: colour,
    values: buckets.map((bucket) => bucket[key]),
  });
  const partName = (place: number) => {
    const day = Math.floor((place * bucketMs) / dayMs) + 1;
    const hour = Math.floor(((place * bucketMs) % dayMs) / 3_600_000);
    return bucketMs < dayMs ? `day ${day}, from ${String(hour).padStart(2, '0')}:00` : `from day ${day}`;
  };
  const days = (buckets.length * bucketMs) / dayMs;
  const columns = Math.max(1, Math.min(ticksMax, Math.floor(days)));
  const ticks = Array.from({ length: columns }, (_, n) => `day ${Math.round((n * days) / columns) + 1}`);
  const runs = [
    series('in time', 'ran', 'ran'),
    series('late', 'late', 'late'),
    series('failed', 'failed', 'failed'),
    series('skipped or missed', 'unserved', 'unserved'),
  ];
  const sums = runs.map(({ name, values }) => `${values.reduce((sum, value) => sum + value, 0)} ${name}`).join(', ');
  const text: ChartText = {
    title: `Runs, every ${length(bucketMs)}`,
    summary: `Runs over time: ${sums}.`,
    partName,
    ticks,
  };
  return html`<section><h2>What became of the runs</h2><p>A run is drawn when it ended; what was skipped or missed, when it was due.</p>
${stackedBars(runs, text)}
<div class="strips">${strips.map(([name, key, colour]) => {
    const each = series(name, key, colour);
    const total = each.values.reduce((sum, value) => sum + value, 0);
    return strip(each, { summary: `${name} over time: ${total} in all.`, partName });
  })}</div></section>`;
}

function date(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

function count(value: number, what: string): string {
  return `${number(value)} ${what}${value === 1 ? '' : 's'}`;
}
