/**
 * What healed by itself within the last day.
 */
import type { Hono } from 'hono';
import type { Changes } from './changes.ts';

export interface HealedPorts {
  changes: Pick<Changes, 'healed'>;
  /** Epoch ms. */
  now: () => number;
}

export function serveHealed(app: Hono, { changes, now }: HealedPorts): void {
  app.get('/api/healed', async (context) => context.json(await changes.healed(now())));
}
