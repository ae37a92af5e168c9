/**
 * Incidents: what stands, what has been tried, who waits for it and what a person must do; and what was over lately.
 */

import { html } from 'htm/preact';
import type { IncidentView } from '../../dashboard/incident-view.ts';
import { actorAt, beat, ofKind } from '../actors.ts';
import { now } from '../clock.ts';
import { ago, ahead, exactly, lengthOf } from '../format.ts';
import { useAnswer } from '../parts/answer.ts';
import { CommandButton } from '../parts/command-button.ts';
import { engineLink } from '../route.ts';

export function Incidents() {
  // Who waits for an incident changes without it: each beat asks anew.
  const on = `${ofKind('incident')
    .map(({ state, since }) => `${state}${since}`)
    .join()} ${beat.value?.at}`;
  const { value, error } = useAnswer<{ incidents: IncidentView[] }>('/api/incidents', on);
  const standing = value?.incidents.filter(({ endedAt }) => endedAt === null) ?? [];
  const over = value?.incidents.filter(({ endedAt }) => endedAt !== null) ?? [];
  return html`<h1 tabindex="-1">Incidents</h1>
    ${error && html`<p class="banner bad" role="alert">${error}</p>`}
    ${value && standing.length === 0 && html`<p class="all-well"><i></i>Nothing stands. A person is called only for what needs one.</p>`}
    <div class="cards">${standing.map((incident) => html`<${Standing} key=${incident.cause} incident=${incident} />`)}</div>
    ${over.length > 0 && html`<h2>Over within a week</h2><ul class="over">${over.map((incident) => html`<${Over} key=${incident.cause} incident=${incident} />`)}</ul>`}`;
}

function Standing({ incident }: { incident: IncidentView }) {
  const { cause, title, what, tried, todo, since, waiting, severity, state, nextAt, unsent, informed, occurrence } =
    incident;
  const isKnown = state.startsWith('acknowledged');
  return html`<article class=${`card incident ${severity === 'now' ? 'bad' : 'wait'}`} aria-label=${title}>
    <header><h2>${title}</h2><span class=${`badge ${isKnown ? 'idle' : severity === 'now' ? 'bad' : 'wait'}`}><i></i>${isKnown ? 'acknowledged' : severity === 'now' ? 'needs you now' : 'can wait'}</span></header>
    <p>${what}</p>
    ${todo && html`<p class="todo"><b>To do:</b> ${todo}</p>`}
    <dl class="facts">
      <div><dt>since</dt><dd><time title=${exactly(since)}>${ago(since, now.value)}</time>${occurrence > 1 && ` (${occurrence}. time)`}</dd></div>
      ${tried && html`<div><dt>tried</dt><dd>${tried}</dd></div>`}
      ${waiting.length > 0 && html`<div><dt>held up</dt><dd>${waiting.slice(0, 12).map((id) => html`<${HeldUp} key=${id} id=${id} /> `)}${waiting.length > 12 && `and ${waiting.length - 12} more`}</dd></div>`}
      ${informed.length > 0 && html`<div><dt>told</dt><dd>${informed.join(', ')}</dd></div>`}
      ${unsent && html`<div><dt>alert not sent</dt><dd class="bad-text">${unsent}</dd></div>`}
      ${nextAt !== null && html`<div><dt>next message</dt><dd>${ahead(nextAt, now.value)}</dd></div>`}
    </dl>
    ${!isKnown && html`<div class="actions"><${CommandButton} address=${`incident/${cause}`} type="incident.acknowledge" done="Acknowledged: no more reminders." /></div>`}
  </article>`;
}

/** Tokens and services may wait as well. */
function HeldUp({ id }: { id: string }) {
  return actorAt(`engine/${id}`) ? html`<a href=${engineLink(id)}>${id}</a>` : html`<span>${id}</span>`;
}

function Over({ incident: { title, since, endedAt } }: { incident: IncidentView }) {
  return html`<li><b>${title}</b><span class="muted">for ${lengthOf((endedAt ?? since) - since)}, over <time title=${exactly(endedAt ?? since)}>${ago(endedAt ?? since, now.value)}</time></span></li>`;
}
