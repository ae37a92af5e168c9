/**
 * Settings: the configuration that runs, every default filled in. It is changed in its file.
 */
import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { actorAt } from '../actors.ts';
import { now } from '../clock.ts';
import { exactly, lengthOf } from '../format.ts';
import { useAnswer } from '../parts/answer.ts';
import { engineLink } from '../route.ts';
import { grantNames } from '../words.ts';
import type { SettingsAnswer } from './settings-answer.ts';

export function Settings() {
  const { value, error } = useAnswer<SettingsAnswer>('/api/settings', null);
  if (!value) return html`<h1 tabindex="-1">Settings</h1><p>${error?.message ?? 'One moment …'}</p>`;
  return html`<h1 tabindex="-1">Settings</h1>
    <p class="muted">What the running service goes by. It is changed in the config file, and holds after a restart; secrets are not shown.</p>
    <div class="cards">
      <${Card} title="Service" of=${{ timeZone: value.timeZone, logLevel: value.logLevel, traces: value.traces, drainMs: value.drainMs, standstillMs: value.standstillMs, restarts: value.intensity, watchdog: value.watchdog, listen: value.listen && listenFacts(value.listen) }} />
      <${Card} title="Alerts" of=${{ ...value.alerts, channels: value.channels.map(({ name, kind, severity }) => `${name} (${kind}, ${severity === 'now' ? 'urgent alone' : 'all'})`) }} />
      ${value.windows.length > 0 && html`<${Card} title="Windows" of=${Object.fromEntries(value.windows.map(({ name, window }) => [name, window]))} />`}
      ${value.limits.length > 0 && html`<${Card} title="Limits" of=${Object.fromEntries(value.limits.map(({ name, runs }) => [name ?? 'all engines', runs]))} />`}
      ${value.fallbacks.length > 0 && html`<${Card} title="Fallbacks" of=${Object.fromEntries(value.fallbacks.map(({ name, services }) => [name, services]))} />`}
    </div>
    <${List} title="Engines" items=${value.engines.map(({ id, ...rest }) => ({ name: id, hint: scheduleOf(id), href: engineLink(id), rest }))} />
    <${List} title="Services" items=${value.services.map(({ name, ...rest }) => ({ name, hint: rest.url, href: '#/services', rest }))} />
    <${List} title="Tokens" items=${value.tokens.map(({ name, ...rest }) => ({ name, hint: grantNames[rest.grant] ?? rest.grant, href: '#/tokens', rest }))} />
    <${List} title="Built in" items=${value.builtIn.map(({ name, settings }) => ({ name, hint: settings ? null : 'turned off', href: null, rest: settings ?? { turnedOff: true } }))} />`;
}

/** A port is a name that is written in digits. */
function listenFacts({ host, port, certificate, validTo }: NonNullable<SettingsAnswer['listen']>) {
  const end = validTo === null ? 'unknown: it cannot be read' : exactly(validTo);
  const isOver = validTo !== null && validTo < now.value;
  return { address: host, port: String(port), certificate, validUntil: isOver ? `${end}: it is over` : end };
}

function scheduleOf(id: string): string | null {
  return actorAt(`engine/${id}`)?.engine?.schedule ?? null;
}

interface Item {
  name: string;
  /** What one would look for first. */
  hint: string | null;
  href: string | null;
  rest: object;
}

function List({ title, items }: { title: string; items: Item[] }) {
  if (items.length === 0) return null;
  return html`<h2>${title}</h2><div class="run-list settings-list">${items.map((item) => html`<${Entry} key=${item.name} ...${item} />`)}</div>`;
}

/** There may be thousands: what is in one is made when somebody opens it. */
function Entry({ name, hint, href, rest }: Item) {
  const [isOpen, setOpen] = useState(false);
  const toggled = (event: Event) => setOpen((event.currentTarget as HTMLDetailsElement).open);
  return html`<details class="run" onToggle=${toggled}>
    <summary><b>${name}</b><small>${hint}</small></summary>
    ${isOpen && html`<div class="run-inner"><${Facts} of=${rest} />${href && html`<p><a href=${href}>Where it stands</a></p>`}</div>`}
  </details>`;
}

function Card({ title, of }: { title: string; of: object }) {
  return html`<article class="card" aria-label=${title}><h2>${title}</h2><${Facts} of=${of} /></article>`;
}

function Facts({ of }: { of: object }): VNode {
  const known = Object.entries(of).filter(([, value]) => value !== undefined);
  return html`<dl class="facts">${known.map(([name, value]) => html`<div key=${name}><dt>${wordsOf(name)}</dt><dd>${shown(name, value)}</dd></div>`)}</dl>` as VNode;
}

function shown(name: string, value: unknown): VNode | string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return /Ms(Max)?$/.test(name) ? lengthOf(value) : value.toLocaleString();
  if (Array.isArray(value))
    return value.length === 0
      ? 'none'
      : value
          .map((each) =>
            name.endsWith('Ms') ? lengthOf(each) : typeof each === 'object' ? JSON.stringify(each) : String(each),
          )
          .join(', ');
  return typeof value === 'object' ? (html`<${Facts} of=${value} />` as VNode) : String(value);
}

/** `catchUpWithinMs` as `catch up within`. */
function wordsOf(name: string): string {
  return name.replace(/Ms(Max)?$/, '$1').replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}
