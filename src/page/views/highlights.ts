/**
 * What of all trends is worth a first look: who takes longest, and who fails or tries again most.
 */
import { html } from 'htm/preact';
import type { SubjectFigures } from '../../telemetry/metrics/figures.ts';
import { lengthOf } from '../format.ts';
import { trendsLink } from '../route.ts';
import { valueText } from './figure-text.ts';

const listedMax = 5;

interface Bar {
  subject: SubjectFigures;
  /** From 0 to 1: how long the bar is. */
  share: number;
  text: string;
}

export function Highlights({ subjects }: { subjects: readonly SubjectFigures[] }) {
  return html`<div class="highlights">
    <${Bars} title="Slowest" what="p95" tone="run" bars=${slowest(subjects)} none="Nothing has run yet." />
    <${Bars} title="Flakiest" what="of runs ended well" tone="bad" bars=${flakiest(subjects)} none="Every run went well, and at once." />
  </div>`;
}

function Bars({
  title,
  what,
  tone,
  bars,
  none,
}: {
  title: string;
  what: string;
  tone: string;
  bars: Bar[];
  none: string;
}) {
  return html`<section class="card" aria-label=${title}>
    <header><h2>${title}</h2><small class="muted">${what}</small></header>
    ${bars.length === 0 && html`<p class="muted">${none}</p>`}
    <ol class="bars">${bars.map(
      ({ subject: { subject, kind, name }, share, text }) => html`<li key=${subject}>
      <a href=${trendsLink(subject)}>${name}</a>${kind !== 'engine' && html` <small class="muted">${kind}</small>`}<span class="number">${text}</span>
      <div class="meter" role="presentation"><i class=${tone} style=${{ width: `max(3px, ${share * 100}%)` }}></i></div>
    </li>`,
    )}</ol>
  </section>`;
}

/** Engines, steps and services alike: a slow step stands beside the engine that it makes slow. */
function slowest(subjects: readonly SubjectFigures[]): Bar[] {
  const timed = subjects.flatMap((subject) => {
    const ms = subject.figures.p95Ms?.value;
    return typeof ms === 'number' ? [{ subject, ms }] : [];
  });
  timed.sort((one, other) => other.ms - one.ms);
  const [{ ms: longest } = { ms: 1 }] = timed;
  return timed
    .slice(0, listedMax)
    .map(({ subject, ms }) => ({ subject, share: ms / Math.max(longest, 1), text: lengthOf(ms) }));
}

function flakiest(subjects: readonly SubjectFigures[]): Bar[] {
  const flaky = subjects.flatMap((subject) => {
    const success = subject.figures.successShare?.value;
    const attempts = subject.figures.attemptsPerSuccess?.value ?? 1;
    if (subject.kind !== 'engine' || typeof success !== 'number' || (success === 1 && attempts <= 1)) return [];
    return [{ subject, success, attempts }];
  });
  flaky.sort((one, other) => one.success - other.success || other.attempts - one.attempts);
  return flaky.slice(0, listedMax).map(({ subject, success, attempts }) => ({
    subject,
    share: 1 - success,
    text: `${valueText('successShare', success)}${attempts > 1 ? `, ${attempts.toFixed(1)} attempts each` : ''}`,
  }));
}
