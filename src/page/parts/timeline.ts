/**
 * A run as a line of time: its steps and waits where they were.
 */

import { html } from 'htm/preact';
import type { RunSpan } from '../../dashboard/run-spans.ts';
import { lengthOf, told } from '../format.ts';
import { stateWords } from '../words.ts';

/** `present`: what is under way, of which nothing is on record yet. */
export type Span = Omit<RunSpan, 'kind'> & { kind: RunSpan['kind'] | 'present' };

export interface TimelineProps {
  spans: readonly Span[];
  /** Epoch ms. */
  from: number;
  to: number;
}

export function Timeline({ spans, from, to }: TimelineProps) {
  const whole = Math.max(to - from, 1);
  const left = (at: number) => `${(Math.min(Math.max(at - from, 0), whole) / whole) * 100}%`;
  const width = (span: Span) =>
    `max(2px, ${(Math.max((span.to ?? to) - Math.max(span.from, from), 0) / whole) * 100}%)`;
  return html`<ol class="timeline">
    ${spans.map(
      (span, n) => html`<li key=${n} class=${`${span.kind} ${span.lengthMs === undefined ? '' : 'recorded'}`}>
        <span class="span-name">${span.kind === 'wait' ? stateWords(span.name) : span.name}</span>
        <span class="span-track"><i style=${{ left: left(span.from), width: width(span) }}></i></span>
        <span class="span-length">${span.kind === 'skipped' ? 'left out' : lengthOf(span.lengthMs ?? (span.to ?? to) - span.from)}</span>
        ${span.reason && html`<span class="span-reason">${told(span.reason, to)}</span>`}
      </li>`,
    )}
  </ol>
  ${spans.some(({ lengthMs }) => lengthMs !== undefined) && html`<p class="timeline-note muted">Pale: from before the service’s last start. Their lengths are known, and not when they began.</p>`}`;
}
