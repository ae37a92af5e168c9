/**
 * Where one is: the part of the address after `#`, so that every view can be linked to and the back button works.
 */
import { signal } from '@preact/signals';

export interface Route {
  view: string;
  /** As in the name of an engine; empty for a view of its own. */
  id: string;
}

function read(): Route {
  const [view = '', ...rest] = location.hash.replace(/^#\/?/, '').split('/');
  return { view: view === '' ? 'overview' : view, id: decoded(rest.join('/')) };
}

/** An address that somebody has typed may be no encoded one. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const route = signal(read());

export function engineLink(id: string): string {
  return `#/engine/${encodeURIComponent(id)}`;
}

/** @param subject as in `engine/youtube` */
export function trendsLink(subject: string): string {
  return `#/trends/${subject.split('/').map(encodeURIComponent).join('/')}`;
}

addEventListener('hashchange', () => {
  route.value = read();
  scrollTo(0, 0);
  document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
});
