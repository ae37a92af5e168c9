/**
 * Incidents: what stands, what has been tried, who waits for it and what a person must do; and what was over lately.
 */

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import type { HealedAnswer } from '../../dashboard/healed-day.ts';
import type { IncidentView } from '../../dashboard/incident-view.ts';
import { actorAt, beat, ofKind } from '../actors.ts';
import { now } from '../clock.ts';
import { conditionOf } from '../condition.ts';
import { ago, ahead, exactly, lengthOf, told } from '../format.ts';
import { useAnswer } from '../parts/answer.ts';
import { Badge } from '../parts/badge.ts';
import { CommandButton } from '../parts/command-button.ts';
import { engineLink } from '../route.ts';
import { sentence } from '../words.ts';

const healedFirst = 12;
const healedEveryMs = 60_000;

export function Incidents() {
  // Who waits for an incident changes without it: each beat asks anew.
  const on = `${ofKind('incident')
    .map(({ state, since }) => `${state}${since}`)
    .join()} ${beat.value?.at}`;
  const { value, error } = useAnswer<{ incidents: IncidentView[] }>('/api/incidents', on);
  const standing = value?.incidents.filter(({ endedAt }) => endedAt === null) ?? [];
  const over = value?.incidents.filter(({ endedAt }) => endedAt !== null) ?? [];
  return html`<h1 tabindex="-1">Incidents</h1>
    ${error && html`<p class="banner bad" role="alert">${error.message}</p>`}
    ${value && standing.length === 0 && html`<p class="all-well"><i></i>Nothing stands. A person is called only for what needs one.</p>`}
    <div class="cards">${standing.map((incident) => html`<${Standing} key=${incident.cause} incident=${incident} />`)}</div>
    <${HealedList} />
    ${over.length > 0 && html`<h2>Over within a week</h2><ul class="over">${over.map((incident) => html`<${Over} key=${incident.cause} incident=${incident} />`)}</ul>`}`;
}

/** What was well again without anybody. */
function HealedList() {
  const [isAll, setAll] = useState(false);
  const { value, error } = useAnswer<HealedAnswer>('/api/healed', Math.floor(now.value / healedEveryMs));
  if (error) return html`<p class="banner bad" role="alert">${error.message}</p>`;
  if (!value) return null;
  const { engines } = value;
  const shown = isAll ? engines : engines.slice(0, healedFirst);
  return html`<h2 id="healed">Healed by themselves in 24 hours</h2>
    ${engines.length === 0 && html`<p class="empty">Nothing had to: every run that went well did so at once.</p>`}
    ${engines.length > 0 && html`<ul class="over healed-list" aria-labelledby="healed">${shown.map((healed) => html`<${HealedOne} key=${healed.engine} healed=${healed} />`)}</ul>`}
    ${shown.length < engines.length && html`<p class="more"><button type="button" onClick=${() => setAll(true)}>Show all ${engines.length}</button></p>`}`;
}

function HealedOne({
  healed: { engine, failed, retried, reason, wellAt },
}: {
  healed: HealedAnswer['engines'][number];
}) {
  const what = [
    retried > 0 ? `needed another try ${times(retried)}` : '',
    failed > 0 ? `failed ${times(failed)}` : '',
  ].filter(Boolean);
  const actor = actorAt(`engine/${engine}`);
  // Something else may have come since.
  const isBusy = actor && conditionOf(actor) === 'waiting' && actor.waitsFor.length > 0;
  const isWell = !actor || !(isBusy || ['needsYou', 'failing'].includes(conditionOf(actor)));
  return html`<li><span><a href=${engineLink(engine)}>${engine}</a>${!isWell && html` <${Badge} actor=${actor} />`}</span><span class="what">${what.join(', ')}${reason && html`: ${told(reason, now.value)}`}</span><span class="muted">well <time title=${exactly(wellAt)}>${ago(wellAt, now.value)}</time></span></li>`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count.toLocaleString()} times`;
}

function Standing({ incident }: { incident: IncidentView }) {
  const { cause, title, what, tried, todo, since, waiting, severity, state, nextAt, unsent, informed, occurrence } =
    incident;
  const isKnown = state.startsWith('acknowledged');
  return html`<article class=${`card incident ${severity === 'now' ? 'bad' : 'wait'}`} aria-label=${sentence(title)}>
    <header><h2>${sentence(title)}</h2><span class=${`badge ${isKnown ? 'idle' : severity === 'now' ? 'bad' : 'wait'}`}><i></i>${isKnown ? 'acknowledged' : severity === 'now' ? 'needs you now' : 'can wait'}</span></header>
    <p>${told(what, now.value)}</p>
    ${todo && html`<p class="todo"><b>To do:</b> ${todo}</p>`}
    <dl class="facts">
      <div><dt>since</dt><dd><time title=${exactly(since)}>${ago(since, now.value)}</time>${occurrence > 1 && ` (${occurrence}. time)`}</dd></div>
      ${tried && html`<div><dt>tried</dt><dd>${tried}</dd></div>`}
      ${waiting.length > 0 && html`<div><dt>held up</dt><dd>${waiting.slice(0, 12).map((id) => html`<${HeldUp} key=${id} id=${id} /> `)}${waiting.length > 12 && `and ${waiting.length - 12} more`}</dd></div>`}
      ${informed.length > 0 && html`<div><dt>told</dt><dd>${informed.join(', ')}</dd></div>`}
      ${unsent && html`<div><dt>alert not sent</dt><dd class="bad-text">${unsent}</dd></div>`}
      ${nextAt !== null && html`<div><dt>next message</dt><dd>${ahead(nextAt, now.value)}</dd></div>`}
    </dl>
    <div class="actions">
      ${!isKnown && html`<${CommandButton} address=${`incident/${cause}`} type="incident.acknowledge" done="Acknowledged: no more reminders." />`}
      <${WhereItStands} cause=${cause} />
    </div>
  </article>`;
}

/** The way to what it is about: an engine, a service or a token. */
function WhereItStands({ cause }: { cause: string }) {
  const colon = cause.indexOf(':');
  const [kind, id] = [cause.slice(0, colon), cause.slice(colon + 1)];
  const isEngine = (kind === 'engine' || kind === 'heartbeat') && actorAt(`engine/${id}`);
  const links: Readonly<Record<string, string>> = {
    breaker: '#/services',
    service: '#/services',
    quota: '#/services',
    token: '#/tokens',
  };
  const href = isEngine ? engineLink(id) : links[kind];
  return href ? html`<a class="button" href=${href}>Where it stands</a>` : null;
}

/** Tokens and services may wait as well. */
function HeldUp({ id }: { id: string }) {
  return actorAt(`engine/${id}`) ? html`<a href=${engineLink(id)}>${id}</a>` : html`<span>${id}</span>`;
}

function Over({ incident: { title, since, endedAt } }: { incident: IncidentView }) {
  return html`<li><b>${sentence(title)}</b><span class="muted">for ${lengthOf((endedAt ?? since) - since)}, over <time title=${exactly(endedAt ?? since)}>${ago(endedAt ?? since, now.value)}</time></span></li>`;
}
