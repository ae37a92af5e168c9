/**
 * What is around every view: where one may go, how the service is, and who one is to it.
 */

import { html } from 'htm/preact';
import { useEffect } from 'preact/hooks';
import { beat, connection, ofKind } from './actors.ts';
import { barred, signedIn, signingIn, signOut } from './ask.ts';
import { Icon, type IconName } from './parts/icon.ts';
import { Notice } from './parts/notice.ts';
import { SignIn } from './parts/sign-in.ts';
import { route } from './route.ts';
import { nextTheme, theme } from './theme.ts';
import { EngineView } from './views/engine.ts';
import { Incidents } from './views/incidents.ts';
import { Overview } from './views/overview.ts';
import { Services } from './views/services.ts';
import { Settings } from './views/settings.ts';
import { Tokens } from './views/tokens.ts';
import { Trends } from './views/trends.ts';

interface Entry {
  view: string;
  name: string;
  icon: IconName;
}

const entries: readonly Entry[] = [
  { view: 'overview', name: 'Overview', icon: 'overview' },
  { view: 'incidents', name: 'Incidents', icon: 'incidents' },
  { view: 'services', name: 'Services', icon: 'services' },
  { view: 'tokens', name: 'Tokens', icon: 'tokens' },
  { view: 'trends', name: 'Trends', icon: 'trends' },
  { view: 'settings', name: 'Settings', icon: 'settings' },
];

export function Frame() {
  const { view, id } = route.value;
  const standing = standingCount();
  useEffect(() => {
    const name = view === 'engine' ? id : (entries.find((entry) => entry.view === view)?.name ?? 'Nothing here');
    // A tab in the background says how many incidents there are, as long as it was told.
    document.title = `${standing > 0 ? `(${standing}) ` : ''}${name} · Nightshift`;
  }, [view, id, standing]);
  if (barred.value) return html`<${Barred} /><${Notice} /><${SignIn} />`;
  return html`<a class="skip" href="#main" onClick=${toMain}>To the content</a>
    <header class="side">
      <a class="brand" href="#/"><img src="/page/icon.svg" alt="" width="28" height="28" />Nightshift</a>
      <nav aria-label="Views">
        ${entries.map((entry) => html`<${NavLink} key=${entry.view} entry=${entry} isHere=${view === entry.view || (view === 'engine' && entry.view === 'overview')} />`)}
      </nav>
      <div class="side-end">
        <${Connection} />
        <button type="button" class="quiet" onClick=${nextTheme} title="Light or dark"><${Icon} name="theme" /><span>Colours: ${theme.value}</span></button>
        <${Who} />
      </div>
    </header>
    <main id="main" tabindex="-1"><${Troubles} /><${View} /></main>
    <${Notice} />
    <${SignIn} />`;
}

/** What another machine is shown before somebody signs in. */
function Barred() {
  return html`<main id="main">
    <h1 tabindex="-1">Nightshift</h1>
    <p>From another machine there is nothing to see without the operator's token.</p>
    <p><${Who} /></p>
  </main>`;
}

function View() {
  const { view, id } = route.value;
  switch (view) {
    case 'overview':
      return html`<${Overview} />`;
    case 'engine':
      return html`<${EngineView} key=${id} id=${id} />`;
    case 'incidents':
      return html`<${Incidents} />`;
    case 'services':
      return html`<${Services} />`;
    case 'tokens':
      return html`<${Tokens} />`;
    case 'trends':
      return html`<${Trends} />`;
    case 'settings':
      return html`<${Settings} />`;
    default:
      return html`<h1 tabindex="-1">There is nothing here</h1><p><a href="#/">To the overview</a></p>`;
  }
}

function standingCount(): number {
  return ofKind('incident').filter(({ incident }) => incident).length;
}

function NavLink({ entry: { view, name, icon }, isHere }: { entry: Entry; isHere: boolean }) {
  const count = view === 'incidents' ? standingCount() : 0;
  return html`<a href=${view === 'overview' ? '#/' : `#/${view}`} aria-current=${isHere ? 'page' : undefined}>
    <${Icon} name=${icon} /><span>${name}</span>${count > 0 && html`<b class="count" aria-label=${`${count} open`}>${count}</b>`}
  </a>`;
}

function Connection() {
  const state = connection.value;
  const words = { begins: 'connecting', live: 'live', lost: 'no connection' };
  return html`<p class=${`connection ${state}`} role="status"><i></i>${words[state]}</p>`;
}

function Who() {
  if (signedIn.value === null) return null;
  return signedIn.value
    ? html`<button type="button" class="quiet" onClick=${signOut}><${Icon} name="person" /><span>Sign out</span></button>`
    : html`<button type="button" class="quiet" onClick=${() => {
        signingIn.value = { goOn: () => {} };
      }}><${Icon} name="person" /><span>Sign in</span></button>`;
}

/** What is wrong with the service itself. */
function Troubles() {
  const { state = 'running', storeError = null } = beat.value ?? {};
  return html`${connection.value === 'lost' && html`<p class="banner bad" role="alert">The service does not answer. What is shown here may be over; it is asked again and again.</p>`}
    ${storeError && html`<p class="banner bad" role="alert">The store takes no writes: ${storeError}</p>`}
    ${state !== 'running' && html`<p class="banner wait">The service is ${state}.</p>`}`;
}

function toMain(event: MouseEvent) {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
