/**
 * The log over HTTP: the latest lines of one engine; and from which level on lines are written, for all or for one engine, changed while
 * the service runs.
 */
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import type { Host } from '../actors/host.ts';
import { type LogLevel, logLevels } from '../config/definition.ts';
import { logEnd } from '../telemetry/log-end.ts';
import type { LogLevels } from '../telemetry/log-levels.ts';
import type { LogAnswer } from './log-answer.ts';
import { unknownActor } from './unknown-actor.ts';

export interface LogPorts {
  host: Host;
  levels: LogLevels;
  /** Where the log's files are; null when there are none. */
  logFolder: string | null;
  now: () => number;
}

const linesDefault = 60;
const linesMax = 200;
const bodyBytesMax = 1_024;
const shape = z.strictObject({ level: z.enum(logLevels).nullable() });

/** @param operator lets nobody else through */
export function serveLog(app: Hono, { host, levels, logFolder, now }: LogPorts, operator: MiddlewareHandler): void {
  const guards = [operator, bodyLimit({ maxSize: bodyBytesMax })] as const;
  app.get('/api/actors/engine/:id/log', async (context) => {
    const engine = context.req.param('id');
    if (!host.addresses().includes(`engine/${engine}`)) return unknownActor(context, host, `engine/${engine}`);
    const { level, since, lines = String(linesDefault) } = context.req.query();
    if (level !== undefined && !isLevel(level)) return refused(context, 'level', level, logLevels.join(', '));
    if (since !== undefined && !/^\d{1,15}$/.test(since)) return refused(context, 'since', since, 'epoch ms');
    if (!/^\d{1,3}$/.test(lines) || !between(Number(lines), 1, linesMax)) {
      return refused(context, 'lines', lines, `1 to ${linesMax}`);
    }
    const filter = { engine, level, since: since === undefined ? undefined : Number(since) };
    const answer: Omit<LogAnswer, 'lines' | 'isComplete'> = { at: now(), isKept: logFolder !== null };
    if (logFolder === null) return context.json({ ...answer, lines: [], isComplete: true });
    const end = await logEnd(logFolder, filter, { lines: Number(lines) });
    return context.json({ ...answer, lines: end.lines.map((line) => JSON.parse(line)), isComplete: end.isComplete });
  });
  app.get('/api/log', (context) => context.json(levels.all()));
  app.post('/api/log', ...guards, async (context) => {
    const level = await levelIn(context);
    if (level === undefined) return notALevel(context);
    levels.set(null, level);
    return context.json(levels.all());
  });
  app.post('/api/log/engines/:id', ...guards, async (context) => {
    const id = context.req.param('id');
    if (!host.addresses().includes(`engine/${id}`)) return unknownActor(context, host, `engine/${id}`);
    const level = await levelIn(context);
    if (level === undefined) return notALevel(context);
    levels.set(id, level);
    return context.json(levels.all());
  });
}

/** undefined when there is none in the body. */
async function levelIn(context: Context): Promise<LogLevel | null | undefined> {
  const { data } = shape.safeParse(await context.req.json().catch(() => undefined));
  return data?.level;
}

function isLevel(text: string): text is LogLevel {
  return (logLevels as readonly string[]).includes(text);
}

function between(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}

function refused(context: Context, what: string, found: string, expected: string) {
  return context.json({ error: `${what}: found '${found}', expected ${expected}.` }, 400);
}

function notALevel(context: Context) {
  return context.json(
    { error: `expected { "level": … } with one of ${logLevels.join(', ')}, or null for the default.` },
    400,
  );
}
