/**
 * The latest runs of an engine, the newest first. Each opens to its steps.
 */

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { RunsView } from '../../dashboard/runs-view.ts';
import { now } from '../clock.ts';
import { ago, exactly, lengthOf, many, timeOf, told } from '../format.ts';
import { Timeline } from '../parts/timeline.ts';

type Entry = RunsView['runs'][number];

const shownFirst = 10;

export function RunList({ answer }: { answer: RunsView | null }) {
  const [isAll, setAll] = useState(false);
  if (!answer) return html`<p class="muted">One moment …</p>`;
  const runs = answer.runs.toReversed();
  if (runs.length === 0) return html`<p class="empty">It has not run yet.</p>`;
  const shown = isAll ? runs : runs.slice(0, shownFirst);
  const longest = Math.max(...runs.map((entry) => lengthIn(entry) ?? 0), 1);
  return html`<div class="run-list">${shown.map((entry, n) => html`<${RunEntry} key=${`${entry.at} ${entry.run}`} entry=${entry} longest=${longest} isOpen=${n === 0} />`)}</div>
    ${shown.length < runs.length && html`<p class="more"><button type="button" onClick=${() => setAll(true)}>Show all ${runs.length}</button></p>`}`;
}

function RunEntry({ entry, longest, isOpen }: { entry: Entry; longest: number; isOpen: boolean }) {
  const { at, startedAt, attempts = 1, reason, due, run, spans, result } = entry;
  const length = lengthIn(entry);
  const from = Math.min(startedAt ?? at, spans[0]?.from ?? at);
  return html`<details class=${`run ${kindOf(entry)}`} open=${isOpen}>
    <summary>
      <span class="run-result"><i></i>${resultOf(entry)}</span>
      <time title=${exactly(startedAt ?? at)}>${timeOf(startedAt ?? at, now.value)}</time>
      <span class="run-bar" aria-hidden="true">${length !== null && html`<i style=${{ width: `max(2px, ${(length / longest) * 100}%)` }}></i>`}</span>
      <span class="number">${length === null ? '' : lengthOf(length)}</span>
      <span class="run-note">${attempts > 1 ? many(attempts, 'attempt') : ''}${result !== 'success' && reason && html`<span class="run-why">${attempts > 1 && ' · '}${told(reason, now.value)}</span>`}</span>
    </summary>
    <div class="run-inner">
      ${reason && !spans.some((span) => span.reason === reason) && html`<p>${told(reason, now.value)}</p>`}
      <p class="muted">${due ? (due.from === due.to ? `Due at ${timeOf(due.from, at)}. ` : `Due from ${timeOf(due.from, at)} to ${timeOf(due.to, at)}. `) : 'Triggered. '}
        Ended ${ago(at, now.value)}. ${run && html`Run <code>${run}</code>.`}</p>
      ${notesOf(entry).map((note) => html`<p key=${note}>${note}</p>`)}
      ${spans.length > 0 ? html`<${Timeline} spans=${spans} from=${from} to=${at} />` : null}
    </div>
  </details>`;
}

function lengthIn({ result, startedAt, at }: Entry): number | null {
  return result === undefined || startedAt === undefined ? null : at - startedAt;
}

function kindOf({ result, outcome, attempts = 1, skipped = [] }: Entry): string {
  if (result === 'failure' || outcome === 'missed') return 'bad';
  if (result === undefined) return 'idle';
  return attempts > 1 || skipped.length > 0 ? 'healed' : 'well';
}

function resultOf({ result, outcome, attempts = 1, skipped = [] }: Entry): string {
  if (result === 'failure') return 'failed';
  if (result === undefined) return outcome === 'coalesced' ? 'served by another' : outcome;
  if (skipped.length > 0) return 'went well in part';
  return attempts > 1 ? 'healed' : 'went well';
}

function notesOf({ skipped, served, abandoned, odd, outcome }: Entry): string[] {
  return [
    outcome === 'late' ? 'It began late.' : '',
    skipped ? `Left out, for their service was down: ${skipped.join(', ')}.` : '',
    ...Object.entries(served ?? {}).map(([name, by]) => `For ${name} answered ${by.join(', ')}.`),
    abandoned ? `Told to stop, and went on: ${abandoned.join(', ')}.` : '',
    ...(odd ?? []).map((text) => `Unusual: ${text}.`),
  ].filter(Boolean);
}
