/**
 * Services: whether calls go through, how much of each quota is left, what stands in, and who is held up.
 */

import { html } from 'htm/preact';
import { type Actor, actorAt, connection, ofKind } from '../actors.ts';
import { now } from '../clock.ts';
import { toneOf } from '../condition.ts';
import { ahead, countdown, exactly, told } from '../format.ts';
import { useAnswer } from '../parts/answer.ts';
import { Badge } from '../parts/badge.ts';
import { CommandButton } from '../parts/command-button.ts';
import { engineLink, trendsLink } from '../route.ts';
import type { SettingsAnswer } from './settings-answer.ts';

const order = ['bad', 'wait', 'run', 'well', 'idle'];
const heldMax = 12;

export function Services() {
  const settings = useAnswer<SettingsAnswer>('/api/settings', null).value;
  const engines = ofKind('engine');
  const services = ofKind('breaker')
    .map((breaker) => ({ breaker, token: tokenOf(settings, breaker.id) }))
    .map((service) => ({ ...service, urgency: urgencyOf(service.breaker, service.token) }))
    .toSorted((one, other) => one.urgency - other.urgency || (one.breaker.id < other.breaker.id ? -1 : 1));
  return html`<h1 tabindex="-1">Services</h1>
    ${services.length === 0 && html`<p class="empty">${connection.value === 'begins' ? 'One moment …' : 'No service is configured.'}</p>`}
    <div class="cards">${services.map(({ breaker, token, urgency }) => html`<${Service} key=${breaker.id} breaker=${breaker} token=${token} urgency=${urgency} held=${heldBy(engines, breaker.id, token)} settings=${settings} />`)}</div>`;
}

function tokenOf(settings: SettingsAnswer | null, service: string): Actor | undefined {
  const name = settings?.services.find(({ name }) => name === service)?.token;
  return name ? actorAt(`token/${name}`) : undefined;
}

/** A service may be well and have no quota left, or no token that it would take. */
function urgencyOf(breaker: Actor, token: Actor | undefined): number {
  const quota = actorAt(`quota/${breaker.id}`);
  return Math.min(...[breaker, quota, token].map((each) => (each ? order.indexOf(toneOf(each)) : order.length)));
}

function heldBy(engines: readonly Actor[], service: string, token: Actor | undefined): string[] {
  const addresses = [`breaker/${service}`, `quota/${service}`, ...(token ? [`token/${token.id}`] : [])];
  return engines.filter(({ waitsFor }) => waitsFor.some((address) => addresses.includes(address))).map(({ id }) => id);
}

interface ServiceProps {
  breaker: Actor;
  token: Actor | undefined;
  urgency: number;
  held: string[];
  settings: SettingsAnswer | null;
}

function Service({ breaker, token, urgency, held, settings }: ServiceProps) {
  const { id, state, reason, wakesAt } = breaker;
  const quota = actorAt(`quota/${id}`);
  const service = settings?.services.find(({ name }) => name === id);
  // A breaker that opens forgets them: it would say that there were none.
  const { recent = '' } = breaker.breaker ?? {};
  const calls = recent === '' && state !== 'closed' ? null : recent;
  const roles = settings?.fallbacks.filter(({ services }) => services.includes(id)) ?? [];
  return html`<article class=${`card service ${order[urgency]}`} data-service=${id} aria-label=${id}>
    <header><h2>${id}</h2><span class="badges"><${Badge} actor=${breaker} />${quota?.state === 'exhausted' && html`<${Badge} actor=${quota} />`}</span></header>
    ${service?.url && html`<p class="muted url">${service.url}</p>`}
    ${state !== 'closed' && reason && html`<p class="why">${told(reason, now.value)}</p>`}
    <dl class="facts">
      ${wakesAt !== null && html`<div><dt>${state === 'open' ? 'tried again in' : 'probe ends in'}</dt><dd title=${exactly(wakesAt)}>${countdown(wakesAt - now.value)}</dd></div>`}
      ${calls !== null && html`<div><dt>latest calls</dt><dd><${Calls} recent=${calls} /></dd></div>`}
      ${(breaker.breaker?.failedProbes ?? 0) > 0 && html`<div><dt>failed probes</dt><dd>${breaker.breaker?.failedProbes}</dd></div>`}
      ${service?.token && html`<div><dt>token</dt><dd><a href="#/tokens">${service.token}</a>${token && ['bad', 'wait'].includes(toneOf(token)) && html` <${Badge} actor=${token} />`}</dd></div>`}
      ${roles.map(({ name, services }) => html`<div key=${name}><dt>fallback</dt><dd>${name}: <${Chain} services=${services} own=${id} /></dd></div>`)}
      ${held.length > 0 && html`<div><dt>held up</dt><dd>${held.slice(0, heldMax).map((engine) => html`<a key=${engine} href=${engineLink(engine)}>${engine}</a> `)}${held.length > heldMax && `and ${held.length - heldMax} more`}</dd></div>`}
    </dl>
    ${quota && html`<${Quota} quota=${quota} />`}
    <div class="actions">
      ${
        state === 'closed'
          ? html`<${CommandButton} address=${`breaker/${id}`} type="breaker.isolate" done=${`No call goes to ${id} until its breaker is closed again.`} />`
          : html`<${CommandButton} address=${`breaker/${id}`} type="breaker.reset" done=${`Calls go to ${id} again.`} />`
      }
      <a class="button" href=${trendsLink(`service/${id}`)}>Trends</a>
      ${quota?.state === 'exhausted' && html`<${CommandButton} address=${`quota/${id}`} type="quota.reset" done=${`The quota of ${id} begins anew.`} />`}
    </div>
  </article>`;
}

/** Who stands in for whom, in their order: whoever takes no calls is passed over. */
function Chain({ services, own }: { services: readonly string[]; own: string }) {
  return services.map((each, n) => {
    const isOut = [`breaker/${each}`, `quota/${each}`].some((address) =>
      /^(open|isolated|exhausted)/.test(actorAt(address)?.state ?? ''),
    );
    const name = isOut ? html`<s title="takes no calls now">${each}</s>` : each;
    return html`${n > 0 && ' → '}${each === own ? html`<b>${name}</b>` : name}`;
  });
}

function Calls({ recent }: { recent: string }) {
  if (recent === '') return html`<span class="muted">none lately</span>`;
  const failed = recent.split(/f/i).length - 1;
  return html`<span class="calls" role="img" aria-label=${`${recent.length} calls, ${failed} failed`}>${[...recent].map((call, n) => html`<i key=${n} class=${call.toLowerCase() === 'f' ? 'bad' : call === 'S' ? 'wait' : 'well'}></i>`)}</span>`;
}

function Quota({ quota: { quota, state, reason, wakesAt } }: { quota: Actor }) {
  const { limit = null, left = null, per = 'day' } = quota ?? {};
  if (limit === null)
    return state === 'available'
      ? null
      : html`<p class="why">Quota: ${reason && told(reason, now.value)}${wakesAt !== null && `, room again ${ahead(wakesAt, now.value)}`}</p>`;
  const used = limit - (left ?? limit);
  return html`<div class="quota">
    <p><span>Quota</span><span>${used.toLocaleString()} of ${limit.toLocaleString()} per ${per}${state !== 'available' && wakesAt !== null ? `, room again ${ahead(wakesAt, now.value)}` : ''}</span></p>
    <div class="meter" role="meter" aria-label="quota used" aria-valuemin="0" aria-valuemax=${limit} aria-valuenow=${used}><i class=${used / limit > 0.9 ? 'bad' : used / limit > 0.7 ? 'wait' : ''} style=${{ width: `${Math.min(used / limit, 1) * 100}%` }}></i></div>
  </div>`;
}
