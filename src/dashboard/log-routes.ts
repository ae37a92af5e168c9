/**
 * What the log says, changed while the service runs: for all, or for one engine alone.
 */
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { Host } from '../actors/host.ts';
import { type LogLevel, logLevels } from '../config/definition.ts';
import type { LogLevels } from '../telemetry/log-levels.ts';
import { unknownActor } from './unknown-actor.ts';

export interface LogPorts {
  host: Host;
  levels: LogLevels;
}

const bodyBytesMax = 1_024;
const shape = z.strictObject({ level: z.enum(logLevels).nullable() });

/** @param operator lets nobody else through */
export function serveLogLevels(app: Hono, { host, levels }: LogPorts, operator: MiddlewareHandler): void {
  const guards = [operator, bodyLimit({ maxSize: bodyBytesMax })] as const;
  app.get('/api/log', (context) => context.json(levels.all()));
  app.post('/api/log', ...guards, async (context) => {
    const level = await levelIn(context);
    if (level === undefined || level === null) return refused(context);
    levels.set(null, level);
    return context.json(levels.all());
  });
  app.post('/api/log/engines/:id', ...guards, async (context) => {
    const id = context.req.param('id');
    if (!host.addresses().includes(`engine/${id}`)) return unknownActor(context, host, `engine/${id}`);
    const level = await levelIn(context);
    if (level === undefined) return refused(context);
    levels.set(id, level);
    return context.json(levels.all());
  });
}

/** undefined when there is none in the body. */
async function levelIn(context: Context): Promise<LogLevel | null | undefined> {
  const { data } = shape.safeParse(await context.req.json().catch(() => undefined));
  return data?.level;
}

function refused(context: Context) {
  return context.json({ error: `expected { "level": … } with one of ${logLevels.join(', ')}.` }, 400);
}
