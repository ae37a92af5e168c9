/**
 * Tokens: until when each is good, and when it is renewed. The secrets themselves never come here.
 */

import { html } from 'htm/preact';
import { type Actor, connection, ofKind } from '../actors.ts';
import { now } from '../clock.ts';
import { toneOf } from '../condition.ts';
import { ago, countdown, exactly, lengthOf, told } from '../format.ts';
import { useAnswer } from '../parts/answer.ts';
import { Badge } from '../parts/badge.ts';
import { CommandButton } from '../parts/command-button.ts';
import { engineLink } from '../route.ts';
import { grantNames } from '../words.ts';
import type { SettingsAnswer } from './settings-answer.ts';

const order = ['bad', 'wait', 'run', 'well', 'idle'];
const heldMax = 12;

export function Tokens() {
  const settings = useAnswer<SettingsAnswer>('/api/settings', null).value;
  const tokens = ofKind('token').toSorted(
    (one, other) => order.indexOf(toneOf(one)) - order.indexOf(toneOf(other)) || (one.id < other.id ? -1 : 1),
  );
  return html`<h1 tabindex="-1">Tokens</h1>
    ${tokens.length === 0 && html`<p class="empty">${connection.value === 'begins' ? 'One moment …' : 'No token is configured.'}</p>`}
    <div class="cards">${tokens.map((token) => html`<${Token} key=${token.id} token=${token} users=${usersOf(settings, token.id)} />`)}</div>`;
}

function usersOf(settings: SettingsAnswer | null, name: string): string[] {
  return settings?.services.filter(({ token }) => token === name).map((service) => service.name) ?? [];
}

function Token({ token, users }: { token: Actor; users: string[] }) {
  const { id, reason, todo, token: facts, wakesAt, state } = token;
  const { grant = '', expiresAt = null, obtainedAt = 0, failures = 0 } = facts ?? {};
  const at = now.value;
  const lives = expiresAt !== null && state !== 'missing' && state !== 'revoked';
  const share = lives ? Math.min(Math.max((expiresAt - at) / Math.max(expiresAt - obtainedAt, 1), 0), 1) : 0;
  const held = ofKind('engine').filter(({ waitsFor }) => waitsFor.includes(`token/${id}`));
  return html`<article class=${`card token ${toneOf(token)}`} data-token=${id} aria-label=${id}>
    <header><h2>${id}</h2><${Badge} actor=${token} /></header>
    <p class="muted">${grantNames[grant] ?? grant}</p>
    ${reason && html`<p class="why">${told(reason, now.value)}</p>`}
    ${todo && html`<p class="todo"><b>To do:</b> ${todo}</p>`}
    ${
      lives &&
      html`<p class="big"><time title=${exactly(expiresAt)}>${expiresAt > at ? `expires in ${countdown(expiresAt - at)}` : `expired ${ago(expiresAt, at)}`}</time></p>
      <div class="meter" role="meter" aria-label="life left" aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(share * 100)}><i class=${share < 0.1 ? 'wait' : 'well'} style=${{ width: `${share * 100}%` }}></i></div>`
    }
    <dl class="facts">
      ${lives && html`<div><dt>obtained</dt><dd title=${exactly(obtainedAt)}>${ago(obtainedAt, at)}, for ${lengthOf(expiresAt - obtainedAt)}</dd></div>`}
      ${state === 'fresh' && wakesAt !== null && html`<div><dt>renewed in</dt><dd title=${exactly(wakesAt)}>${countdown(wakesAt - at)}</dd></div>`}
      ${state !== 'fresh' && wakesAt !== null && html`<div><dt>tried again in</dt><dd title=${exactly(wakesAt)}>${countdown(wakesAt - at)}</dd></div>`}
      ${failures > 0 && html`<div><dt>failed renewals</dt><dd>${failures}</dd></div>`}
      ${users.length > 0 && html`<div><dt>used by</dt><dd>${users.map((name) => html`<a key=${name} href="#/services">${name}</a> `)}</dd></div>`}
      ${held.length > 0 && html`<div><dt>held up</dt><dd>${held.slice(0, heldMax).map((engine) => html`<a key=${engine.id} href=${engineLink(engine.id)}>${engine.id}</a> `)}${held.length > heldMax && `and ${held.length - heldMax} more`}</dd></div>`}
    </dl>
    ${(state === 'revoked' || state === 'missing') && html`<div class="actions"><${CommandButton} address=${`token/${id}`} type="token.provided" done=${`The grant of ${id} is tried again.`} /></div>`}
  </article>`;
}
