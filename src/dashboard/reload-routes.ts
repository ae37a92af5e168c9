/**
 * The order to go on with the config as its file is now. It is answered once that has been looked at, and carried out once the answer
 * is gone.
 */
import type { HttpBindings } from '@hono/node-server';
import type { Hono, MiddlewareHandler } from 'hono';
import type { Reload } from '../reload.ts';

export interface ReloadPorts {
  reload: () => Promise<Reload>;
  /** The answer is gone. */
  leave: () => void;
}

/** @param operator lets nobody else through */
export function serveReload(app: Hono, { reload, leave }: ReloadPorts, operator: MiddlewareHandler): void {
  app.post('/api/reload', operator, async (context) => {
    const answer = await reload();
    if (!answer.taken) return context.json(answer, answer.code === 'RELOAD_BUSY' ? 503 : 409);
    const { outgoing } = context.env as HttpBindings;
    if (outgoing.closed) leave();
    else outgoing.once('close', leave);
    return context.json(answer as object);
  });
}
