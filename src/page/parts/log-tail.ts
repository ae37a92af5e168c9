/**
 * The end of an engine's log, as it grows. It stays at the latest line, unless somebody reads further up.
 */
import { html } from 'htm/preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { LogAnswer, LogLine } from '../../dashboard/log-answer.ts';
import { ask } from '../ask.ts';
import { now } from '../clock.ts';
import { exactly, momentOf } from '../format.ts';
import { factsOf, levelOf } from '../log-line.ts';
import { useAsked } from './answer.ts';
import { Steady } from './steady.ts';

const shownMax = 200;
/** Jobs say things without changing their engine's state: it is looked for them as well, ms. */
const lookEveryMs = 2_000;
/** Lines may come a moment after the time that they bear, ms. */
const slackMs = 1_000;
const choices = { trace: 'all lines', info: 'info and above', warn: 'warnings and errors', error: 'errors' } as const;
type Choice = keyof typeof choices;

/** @param on changes with the engine's state */
export function LogTail({ id, on }: { id: string; on: unknown }) {
  const [level, setLevel] = useState<Choice>('trace');
  const { value, error } = useLog(id, level, on);
  const choose = (event: Event) => setLevel((event.currentTarget as HTMLSelectElement).value as Choice);
  return html`<section aria-labelledby="log-title">
    <div class="section-head">
      <h2 id="log-title">Log</h2>
      <label><span class="unseen">Which lines</span>
        <select value=${level} onChange=${choose}>${Object.entries(choices).map(([each, name]) => html`<option key=${each} value=${each}>${name}</option>`)}</select>
      </label>
    </div>
    ${error && html`<p class="banner bad" role="alert">${error.message}</p>`}
    <${Steady} waits=${!value && !error}>${value && html`<${Lines} answer=${value} />`}<//>
  </section>`;
}

function Lines({ answer: { lines, isComplete, isKept } }: { answer: LogAnswer }) {
  const place = useRef<HTMLDivElement>(null);
  /** Whether the reader was at the end when lines were last drawn. */
  const isFollowing = useRef(true);
  const looked = () => {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = place.current ?? {};
    isFollowing.current = scrollTop + clientHeight >= scrollHeight - 8;
  };
  useLayoutEffect(() => {
    if (place.current && isFollowing.current) place.current.scrollTop = place.current.scrollHeight;
  }, [lines]);
  if (!isKept) return html`<p class="empty">No log files are kept: <code>log.files</code> is off in the config.</p>`;
  if (lines.length === 0) {
    return html`<p class="empty">${isComplete ? 'The log has nothing of it.' : 'The latest part of the log has nothing of it.'}</p>`;
  }
  return html`<div ref=${place} class="log" tabindex="0" role="log" aria-live="off" aria-labelledby="log-title" onScroll=${looked}>
    <ol>${lines.map((line, n) => html`<${Line} key=${`${line.time} ${n}`} line=${line} />`)}</ol>
  </div>`;
}

function Line({ line }: { line: LogLine }) {
  const level = levelOf(line);
  return html`<li class=${level}>
    <time title=${exactly(line.time)}>${momentOf(line.time, now.value)}</time><b>${level}</b>
    <p><span class="log-what">${line.msg}</span>${factsOf(line, now.value).map(([name, text]) => html` <span key=${name} class="log-fact">${name && html`<i>${name} </i>`}${text}</span>`)}</p>
  </li>`;
}

function useLog(id: string, level: Choice, on: unknown) {
  const about = `/api/actors/engine/${encodeURIComponent(id)}/log?level=${level}`;
  const known = useRef<{ about: string; answer: LogAnswer } | null>(null);
  const question = async () => {
    const before = known.current?.about === about ? known.current.answer : null;
    const since = before && (before.lines.at(-1)?.time ?? before.at - slackMs);
    const found = await ask<LogAnswer>(since === null ? about : `${about}&since=${since}`);
    const answer = before && since !== null ? joined(before, found, since) : found;
    known.current = { about, answer };
    return answer;
  };
  return useAsked(question, about, on, Math.floor(now.value / lookEveryMs));
}

/** What was known, with what has come since. More than one answer holds, or a clock that was put back, begins anew. */
function joined(before: LogAnswer, found: LogAnswer, since: number): LogAnswer {
  if (!found.isComplete || found.at < before.at) return found;
  const lines = [...before.lines.filter(({ time }) => time < since), ...found.lines];
  return { ...found, lines: lines.slice(-shownMax), isComplete: before.isComplete && lines.length <= shownMax };
}
