/**
 * The tables of the page: engines, services, time to heal, reasons, interventions.
 */
import { type Html, html } from '../../../telemetry/html.ts';
import { clockText } from '../../world/history.ts';
import type { SimulationReport } from '../report.ts';
import { length, percent } from '../report-text.ts';
import { meter, partsBar, span } from './charts.ts';

type Cell = { class?: 'number' | 'wide' | 'when' | ''; content: Html | string };

function table(caption: string, head: readonly (string | Html)[], rows: readonly (readonly Cell[])[]): Html {
  const classes = rows[0]?.map((cell) => cell.class ?? '') ?? [];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.map((cell, n) => html`<th scope="col" class="${classes[n] ?? ''}">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, place) => cellOf(cell, place, head[place]))}</tr>`)}</tbody></table></div>`;
}

/** On a narrow screen there are no columns, and each cell has its title before it. */
function cellOf({ class: name = '', content }: Cell, place: number, title: Html | string = ''): Html {
  if (place === 0) return html`<th scope="row" class="${name}">${content}</th>`;
  const label = typeof title === 'string' && title !== '' && html` data-label="${title}"`;
  return html`<td class="${name}"${label}>${content}</td>`;
}

const word = (content: string): Cell => ({ content });
const figure = (content: number | string): Cell => ({
  class: 'number',
  content: typeof content === 'number' ? content.toLocaleString('en-US') : content,
});
const wide = (content: Html): Cell => ({ class: 'wide', content });

export function engineSection({ engines }: SimulationReport): Html {
  const rows = engines.map((each) => {
    const { engine, dueTimes, ran, late, failed, coalesced, skipped, missed, lost, longestWithoutMs } = each;
    const parts = [
      { class: 'ran', value: ran },
      { class: 'late', value: late },
      { class: 'failed', value: failed },
      { class: 'unserved', value: coalesced + skipped + missed },
    ];
    const words = `${ran} in time, ${late} late, ${failed} failed, ${coalesced} coalesced, ${skipped} skipped, ${missed} missed`;
    const figures = [dueTimes, ran, late, failed, coalesced, skipped, missed, lost].map(figure);
    return [word(engine), wide(partsBar(parts, words)), ...figures, figure(length(longestWithoutMs))];
  });
  const head = [
    'engine',
    '',
    'due',
    'in time',
    'late',
    'failed',
    'coalesced',
    'skipped',
    'missed',
    'lost',
    'longest without',
  ];
  return section('Engines', 'What became of every due time.', table('Due times by engine', head, rows));
}

export function serviceSection({ services }: SimulationReport): Html | null {
  if (services.length === 0) return null;
  const rows = services.map(({ service, calls, failed, wasted, quota }) => {
    const used =
      quota && `usually ${percent(quota.usual)}, at most ${percent(quota.most)} of ${quota.limit} per ${quota.per}`;
    const bar = quota && used ? html`${meter(quota.most, used)}${used}` : html`no limit`;
    return [word(service), figure(calls), figure(failed), figure(wasted), wide(bar)];
  });
  const head = ['service', 'calls', 'failed', 'while it was down', 'quota used'];
  return section(
    'Services and their quotas',
    'A call counts as made while it was down when nobody was there to answer it: the breaker keeps those few.',
    table('Calls by service', head, rows),
  );
}

export function healingSection({ happened, healing }: SimulationReport): Html | null {
  if (happened.length === 0) return null;
  const rows = happened
    .map((each) => ({ ...each, healed: healing.find(({ fault }) => fault === each.fault) }))
    .sort((one, other) => (other.healed?.worstMs ?? -1) - (one.healed?.worstMs ?? -1))
    .map(({ fault, times, calls, healed }) => {
      if (!healed) {
        return [
          word(fault),
          figure(times),
          figure(calls || ''),
          figure(''),
          figure(''),
          figure(''),
          wide(html`no run was under way`),
        ];
      }
      const { hits, medianMs, worstMs, unhealed } = healed;
      const words = `usually ${length(medianMs)}, at most ${length(worstMs)}${unhealed > 0 ? `, and ${unhealed} never` : ''}`;
      const numbers = [figure(hits), figure(length(medianMs)), figure(length(worstMs))];
      return [word(fault), figure(times), figure(calls || ''), ...numbers, wide(span(medianMs, worstMs, words))];
    });
  const scale = html`<span class="scale"><span>0.1 s</span><span>1 s</span><span>10 s</span><span>2 m</span><span>17 m</span><span>3 h</span><span>1 d</span><span>10 d</span></span>`;
  return section(
    'Time to heal',
    html`From the end of what hit an engine to its next success.<span class="desk"> On the scale each step is ten times the one before; the bar begins at what is usual and ends at the worst.</span>`,
    table(
      'Faults, and how long engines took',
      ['fault', 'times', 'calls hit', 'engines hit', 'usually', 'at most', scale],
      rows,
    ),
  );
}

export function reasonSection({ reasons }: SimulationReport): Html | null {
  if (reasons.length === 0) return null;
  const rows = reasons.map(({ engine, outcome, dueTimes, reason }) => [
    word(engine),
    word(outcome),
    figure(dueTimes),
    word(reason),
  ]);
  return section(
    'Why due times were not served',
    'The commonest reasons that the run ledger gives.',
    table('Reasons', ['engine', 'what', 'due times', 'why'], rows),
  );
}

export function interventionSection({ interventions, from }: SimulationReport): Html | null {
  if (interventions.length === 0) return null;
  const rows = interventions.map(({ at, did, announcedMs }) => [
    { class: 'when' as const, content: clockText(at - from).slice(0, -4) },
    word(did),
    figure(announcedMs === null ? 'not known' : length(announcedMs)),
  ]);
  return section(
    'What a person had to do',
    'Each was announced; the person of the simulation takes half an hour.',
    table('Interventions', ['when', 'what', 'told after'], rows),
  );
}

export function section(title: string, text: Html | string, body: Html): Html {
  return html`<section><h2>${title}</h2><p>${text}</p>${body}</section>`;
}
