/**
 * What the page knows: every actor as the service last told of it, and whether the service still tells.
 */
import { computed, effect, signal } from '@preact/signals';
import type { Beat } from '../dashboard/changes.ts';
import type { PageView } from '../dashboard/page-view.ts';
import { askWhoIsSignedIn, barred } from './ask.ts';
import { after, now, setClock } from './clock.ts';

export type Actor = PageView;

const known = new Map<string, Actor>();
/** Moves on whenever somebody is known better. */
const version = signal(0);

export const beat = signal<Beat | null>(null);
/** `begins`: nobody is known yet. `lost`: what is shown may be over. */
export const connection = signal<'begins' | 'live' | 'lost'>('begins');

/** Everybody, in the order in which they were first told of. */
export const actors = computed(() => {
  version.value;
  return [...known.values()];
});

/** Those of one kind. */
export function ofKind(kind: string): Actor[] {
  return actors.value.filter((actor) => actor.kind === kind);
}

export function actorAt(address: string): Actor | undefined {
  version.value;
  return known.get(address);
}

export function addressOf({ kind, id }: Actor): string {
  return `${kind}/${id}`;
}

/** Listens to the service while the page is looked at: a tab in the background costs nothing. */
export function listen(): void {
  let source: EventSource | undefined;
  let cancelWatch = () => {};
  /** Several events may come before the next picture: it is drawn once. */
  let isDrawing = false;
  const close = () => {
    cancelWatch();
    source?.close();
    source = undefined;
  };
  const open = () => {
    close();
    const opened = new EventSource('/api/events');
    source = opened;
    /** A stream begins with everybody: who is not in it is there no more. */
    let begins = true;
    opened.addEventListener('open', () => {
      begins = true;
    });
    const heard = () => {
      connection.value = 'live';
      cancelWatch();
      // A beat comes every ten seconds: silence for longer is no news but a loss.
      cancelWatch = after(silenceMs, () => {
        connection.value = 'lost';
        open();
      });
    };
    opened.addEventListener('beat', (event) => {
      heard();
      beat.value = JSON.parse(event.data);
      setClock(beat.value?.at ?? now.value);
    });
    opened.addEventListener('actors', (event) => {
      heard();
      const { actors } = JSON.parse(event.data) as { actors: Actor[] };
      if (begins) known.clear();
      begins = false;
      for (const actor of actors) known.set(addressOf(actor), actor);
      if (isDrawing) return;
      isDrawing = true;
      requestAnimationFrame(() => {
        isDrawing = false;
        version.value += 1;
      });
    });
    opened.addEventListener('error', () => {
      connection.value = 'lost';
      // The browser comes back by itself, unless it was refused.
      if (opened.readyState !== EventSource.CLOSED) return;
      cancelWatch = after(retryMs, open);
      void askWhoIsSignedIn();
    });
  };
  /** A tab may also begin in the background. */
  const listenOrRest = () => {
    if (document.visibilityState === 'visible' && !barred.value) open();
    else close();
  };
  document.addEventListener('visibilitychange', listenOrRest);
  effect(() => {
    listenOrRest();
    if (!barred.value) return;
    known.clear();
    version.value = version.peek() + 1;
  });
}

const silenceMs = 25_000;
const retryMs = 3_000;
