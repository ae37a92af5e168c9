/**
 * The page's clock: the service's time, as its beats tell it, and timers. Nothing else on the page reads a clock.
 */
import { signal } from '@preact/signals';

/** How far the service's clock is ahead of the browser's, ms. */
let aheadMs = 0;

/** The service's present instant, epoch ms; moves on once a second. */
export const now = signal(Date.now());

/** The service's clock showed this when it spoke. */
export function setClock(at: number): void {
  aheadMs = at - Date.now();
}

/** Without waiting for the next second. */
export function instant(): number {
  return Date.now() + aheadMs;
}

/** Lets `now` move on while somebody looks. */
export function startClock(): void {
  const tick = () => {
    if (document.visibilityState === 'visible') now.value = instant();
    setTimeout(tick, 1000 - (instant() % 1000));
  };
  document.addEventListener('visibilitychange', () => {
    now.value = instant();
  });
  tick();
}

/** @returns a function that cancels */
export function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
