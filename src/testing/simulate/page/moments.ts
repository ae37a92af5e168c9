/**
 * The worst moments, each with the path that led there, and what did not hold.
 */
import { type Html, html } from '../../../telemetry/html.ts';
import { clockText } from '../../world/history.ts';
import type { Moment, SimulationReport } from '../report.ts';
import type { Culprits } from '../simulate.ts';
import { section } from './tables.ts';

export function momentSection({ worst, from }: SimulationReport): Html {
  const moments = worst.map(
    (moment, place) =>
      html`<details${place === 0 && html` open`}><summary>${moment.what}<span class="when">${instant(moment.from, from)}</span></summary>${path(moment, from)}</details>`,
  );
  const body = moments.length > 0 ? html`${moments}` : html`<p>There is none that is worth telling.</p>`;
  return section(
    'The worst moments',
    'What happened (red), how the engine stood (blue), and what else there was (grey) since its last success. Times count from the beginning.',
    body,
  );
}

function path({ path: entries }: Moment, from: number): Html {
  return html`<ol class="path">${entries.map(
    ({ at, kind, what }) => html`<li class="${kind}"><time>${instant(at, from)}</time><span>${what}</span></li>`,
  )}</ol>`;
}

const violationsShown = 20;

export function violationSection({ violations, from, seed }: SimulationReport, culprits: Culprits | null): Html | null {
  if (violations.length === 0) return null;
  const list = violations
    .slice(0, violationsShown)
    .map(
      ({ invariant, what, at }) =>
        html`<li class="fault"><time>${instant(at, from)}</time><span>${invariant}: ${what}</span></li>`,
    );
  const found =
    culprits &&
    html`<h2>What it takes</h2><p>With the seed ${seed}, this is enough to break '${culprits.violation.invariant}':</p><pre><code>${culprits.faults.join('\n') || 'no fault at all'}</code></pre>`;
  return section(
    'What did not hold',
    `The first ${Math.min(violationsShown, violations.length)} of ${violations.length}.`,
    html`<ol class="path">${list}</ol>${found}`,
  );
}

function instant(at: number, from: number): string {
  return clockText(at - from).slice(0, -4);
}
