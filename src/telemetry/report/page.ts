/**
 * A report as a page of its own: one file, with nothing that is loaded from elsewhere and nothing that runs.
 */
import type { Counts, DailyReport } from '../daily-report.ts';
import { type Html, html } from '../html.ts';
import { standalonePage } from '../standalone-page.ts';
import { type Item, type Section, sectionsOf, type Table } from './sections.ts';
import { style } from './style.ts';
import { leadOf, titleOf, verdictOf } from './verdict.ts';

export function reportPage(report: DailyReport): string {
  const { isWell, text } = verdictOf(report);
  const body = html`<header>
<p class="brand">Nightshift</p>
<h1>${titleOf(report).replace('Nightshift, ', '')}</h1>
<p class="about">${leadOf(report)}</p>
<p class="verdict ${isWell ? 'good' : 'bad'}">${text}</p>
</header>
<main>
${tiles(report)}
${outcomes(report.totals)}
${sectionsOf(report).map(sectionOf)}
</main>`;
  return standalonePage({ title: titleOf(report), style, body });
}

function tiles({ totals, todo, incidents, healed, errors: { counts, times, signatures } }: DailyReport): Html {
  const tile = (label: string, value: number, more: string, isBad = false) =>
    html`<li class="${isBad ? 'bad' : ''}"><span class="label">${label}</span><b>${value}</b><span class="more">${more}</span></li>`;
  const { ran, late, failed, skipped, missed } = totals;
  return html`<ul class="tiles">
${tile('Need a person', todo.length, count(incidents.length, 'open incident'), todo.length > 0)}
${tile('Ended well', ran + late, `${late} of them late`)}
${tile('Failed', failed, `${count(healed.length, 'engine')} mended by themselves; ${skipped + missed} skipped or missed`, failed > 0)}
${tile('New kinds of errors', counts.new, `of ${signatures}; ${count(times, 'error')} in all`, counts.new > 0)}
</ul>`;
}

function count(value: number, what: string): string {
  return `${value} ${what}${value === 1 ? '' : 's'}`;
}

const parts = [
  ['in time', 'ran'],
  ['late', 'late'],
  ['failed', 'failed'],
  ['skipped or missed', 'unserved'],
] as const;

function outcomes({ ran, late, failed, skipped, missed }: Counts): Html | null {
  const counts = { ran, late, failed, unserved: skipped + missed };
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let x = 0;
  const bars = parts.map(([, key]) => {
    const width = (counts[key] / all) * 100;
    x += width;
    return html`<rect x="${(x - width).toFixed(3)}" y="0" width="${width.toFixed(3)}" height="8" class="${key}"/>`;
  });
  const words = parts.map(([name, key]) => `${counts[key]} ${name}`).join(', ');
  return html`<figure class="outcomes"><svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${words}">${bars}</svg>
<ul class="legend">${parts.map(([name, key]) => html`<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" class="${key}"/></svg>${counts[key]} ${name}</li>`)}</ul></figure>`;
}

function sectionOf({ title, isUrgent, items = [], table }: Section): Html {
  return html`<section class="${isUrgent ? 'urgent' : ''}"><h2>${title}</h2>
${items.length > 0 && html`<ul class="items">${items.map(itemOf)}</ul>`}
${table !== undefined && tableOf(title, table)}</section>
`;
}

function itemOf({ name, what, why, todo }: Item): Html {
  return html`<li><b>${name}</b> <span>${what}</span>${why ? html`<p class="why">${why}</p>` : null}${todo ? html`<p class="todo"><span aria-hidden="true">→ </span>${todo}</p>` : null}</li>`;
}

/** On a narrow screen each row is a list, and its cells say what they are. */
function tableOf(title: string, { head, rows }: Table): Html {
  const isNumber = head.map((_, n) => rows.every((row) => typeof row[n] === 'number' || row[n] === '-'));
  const kind = (n: number) => (isNumber[n] ? 'number' : '');
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${title}"><table>
<thead><tr>${head.map((cell, n) => html`<th scope="col" class="${kind(n)}">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, n) => html`<td data-label="${head[n] ?? ''}" class="${kind(n)} ${cell === 0 ? 'none' : ''}">${cell}</td>`)}</tr>`)}</tbody></table></div>`;
}
