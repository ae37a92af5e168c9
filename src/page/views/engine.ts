/**
 * One engine: where it stands and why, what comes next, what it has done, and what one may tell it to do.
 */

import { html } from 'htm/preact';
import type { RunsView } from '../../dashboard/runs-view.ts';
import type { StepWay } from '../../dashboard/step-way.ts';
import { type Actor, actorAt, addressOf, connection } from '../actors.ts';
import type { Refusal } from '../ask.ts';
import { now } from '../clock.ts';
import { conditionOf } from '../condition.ts';
import { ago, ahead, countdown, exactly, lengthOf, many, timeOf, told } from '../format.ts';
import { useAnswer } from '../parts/answer.ts';
import { Badge } from '../parts/badge.ts';
import { Chart } from '../parts/chart.ts';
import { CommandButton } from '../parts/command-button.ts';
import { Icon } from '../parts/icon.ts';
import { LogTail } from '../parts/log-tail.ts';
import { Strip, stripText } from '../parts/strip.ts';
import { type Span, Timeline } from '../parts/timeline.ts';
import { engineLink, trendsLink } from '../route.ts';
import { RunList } from './run-list.ts';

interface Details {
  takes: string[];
  description: string | null;
  /** States by their names, the present one at the end. */
  path: string[];
  steps: StepWay;
  context: { lastGood: unknown; settings: Record<string, unknown> };
}

export function EngineView({ id }: { id: string }) {
  const address = `engine/${id}`;
  const actor = actorAt(address);
  const path = `/api/actors/engine/${encodeURIComponent(id)}`;
  const { value, error } = useAnswer<Details>(path, actor);
  const runs = useAnswer<RunsView>(`${path}/runs`, actor).value;
  if (!actor) return html`<${Back} /><${Nobody} id=${id} error=${error} />`;
  const { marks = null, p95Ms = null, schedule = null } = actor.engine ?? {};
  return html`<${Back} />
    <div class="engine-head">
      <div>
        <h1 tabindex="-1">${id}</h1>
        <p class="muted">${schedule ?? 'runs when it is triggered'} · <a href=${trendsLink(address)}>trends</a></p>
      </div>
      <${Commands} actor=${actor} takes=${value?.takes ?? []} />
    </div>
    <section class=${`now ${conditionOf(actor)}`} aria-label="Now">
      <div class="now-state"><${Badge} actor=${actor} /><p>${value?.description}</p></div>
      ${(actor.todo ?? actor.reason) && html`<p class="why">${actor.todo && html`<b>${actor.todo}</b>`}${actor.reason && html`<span>${told(actor.reason, now.value)}</span>`}</p>`}
      <${Countdown} actor=${actor} />
    </section>
    <${Present} actor=${actor} runs=${runs} />
    <section aria-labelledby="runs-title">
      <h2 id="runs-title">Runs</h2>
      ${marks !== '' && html`<div class="strip-large"><${Strip} marks=${marks} /><p class="muted">${stripText(marks)}${p95Ms !== null && ` · p95 ${lengthOf(p95Ms)}`}</p></div>`}
      <${RunList} answer=${runs} />
    </section>
    ${value && html`<${Chart} id=${id} path=${value.path} steps=${value.steps} />`}
    <${LogTail} key=${id} id=${id} on=${actor} />
    <${LastGood} details=${value} />`;
}

function Nobody({ id, error }: { id: string; error: Refusal | null }) {
  if (connection.value === 'begins' && !error) return html`<h1 tabindex="-1">One moment …</h1>`;
  const near = error?.near?.startsWith('engine/') ? error.near.slice('engine/'.length) : null;
  return html`<h1 tabindex="-1">There is no engine ‘${id}’</h1>
    <p>${near === null ? html`<a href="#/">All engines</a>` : html`Did you mean <a href=${engineLink(near)}>${near}</a>?`}</p>`;
}

function LastGood({ details }: { details: Details | null }) {
  if (!details) return null;
  const { lastGood = null } = details.context;
  return html`<section aria-labelledby="good-title">
    <h2 id="good-title">Last good output</h2>
    ${lastGood === null ? html`<p class="empty">No run has returned anything yet.</p>` : html`<pre class="json" tabindex="0" role="group" aria-labelledby="good-title">${JSON.stringify(lastGood, null, 2)}</pre>`}
  </section>`;
}

function Back() {
  return html`<a class="back" href="#/"><${Icon} name="back" />Overview</a>`;
}

const done: Readonly<Record<string, string>> = {
  'engine.trigger': 'is told to run now',
  'engine.pause': 'is paused',
  'engine.resume': 'goes on',
  'actor.reset': 'is back in service',
};

function Commands({ actor, takes }: { actor: Actor; takes: readonly string[] }) {
  const order = ['engine.trigger', 'engine.resume', 'engine.pause', 'actor.reset'];
  const shown = order.filter((type) => takes.includes(type));
  return html`<div class="actions">
    ${shown.map((type, n) => html`<${CommandButton} key=${type} address=${addressOf(actor)} type=${type} primary=${n === 0} done=${`${actor.id} ${done[type] ?? ''}.`} />`)}
  </div>`;
}

/** How long until something happens by itself. */
function Countdown({ actor }: { actor: Actor }) {
  const { wakesAt, waitsFor, since, state } = actor;
  const at = now.value;
  const others = waitsFor.filter((address) => address.includes('/'));
  const share =
    wakesAt !== null && since !== null && wakesAt > since
      ? Math.min(Math.max((at - since) / (wakesAt - since), 0), 1)
      : null;
  return html`<dl class="countdown">
    ${wakesAt !== null && html`<div><dt>${what(state)}</dt><dd class="big"><time title=${exactly(wakesAt)}>${countdown(wakesAt - at)}</time></dd></div>`}
    ${others.length > 0 && html`<div><dt>waits for</dt><dd>${others.map((address) => html`<${Waited} key=${address} address=${address} />`)}</dd></div>`}
    ${since !== null && html`<div><dt>so since</dt><dd>${timeOf(since, at)} <span class="muted">(${ago(since, at)})</span></dd></div>`}
    ${actor.lastRun && html`<div><dt>last run</dt><dd>${actor.lastRun.result === 'success' ? 'went well' : html`<span class="bad-text">failed</span>`} <span class="muted">${ago(actor.lastRun.endedAt, at)}</span></dd></div>`}
    ${actor.engine?.dueAt != null && !/^(idle|halted|paused)$/.test(state) && html`<${Due} dueAt=${actor.engine.dueAt} />`}
  </dl>
  ${share !== null && html`<div class="progress" role="presentation"><i style=${{ width: `${share * 100}%` }}></i></div>`}`;
}

/** A due time that has come while a run is under way or waits is no next one. */
function Due({ dueAt }: { dueAt: number }) {
  const at = now.value;
  return dueAt > at
    ? html`<div><dt>next due</dt><dd>${ahead(dueAt, at)}</dd></div>`
    : html`<div><dt>due since</dt><dd>${timeOf(dueAt, at)} <span class="muted">(${ago(dueAt, at)})</span></dd></div>`;
}

function what(state: string): string {
  if (state === 'idle') return 'runs next in';
  if (state === 'running') return 'is stopped at the latest in';
  if (state === 'backoff') return 'tries again in';
  if (state === 'cooldown') return 'has rested in';
  return 'goes on at the latest in';
}

function Waited({ address }: { address: string }) {
  const slash = address.indexOf('/');
  const [kind, id] = [address.slice(0, slash), address.slice(slash + 1)];
  const links: Readonly<Record<string, string>> = {
    engine: engineLink(id),
    token: '#/tokens',
    breaker: '#/services',
    quota: '#/services',
  };
  return html`<a href=${links[kind] ?? '#/'}>${kind} ${id}</a>`;
}

/** The run under way. */
function Present({ actor, runs }: { actor: Actor; runs: RunsView | null }) {
  const run = actor.engine?.run;
  if (!run) return null;
  const spans: Span[] = runs?.present?.run === run.id ? [...runs.present.spans] : [];
  const began = run.startedAt ?? run.dueAt;
  const from = Math.min(began, spans[0]?.from ?? began);
  if (actor.state === 'running' && run.startedAt !== null) {
    const since = spans.at(-1)?.to ?? run.startedAt;
    spans.push({ name: 'at work', kind: 'present', from: since, to: Math.max(now.value, since) });
  }
  return html`<section aria-labelledby="present-title">
    <h2 id="present-title">Run under way</h2>
    <div class="panel"><p class="muted">${run.trigger === 'manual' ? 'Triggered' : 'Due'} at ${timeOf(run.dueAt, now.value)}, attempt ${run.attempt}${run.startedAt !== null && `, for ${lengthOf(now.value - run.startedAt)}`}.
    ${run.steps.length > 0 && ` Finished: ${many(run.steps.length, 'step')}.`}</p>
    ${spans.length > 0 && html`<${Timeline} spans=${spans} from=${from} to=${now.value} />`}</div>
  </section>`;
}
