/**
 * `log-level`: from which level on lines are written, of all or of one engine; and changes that, in the running service.
 */
import { type LogLevel, logLevels } from '../config/definition.ts';
import { ask, ClientError, post, serviceDown, serviceUrl } from './client.ts';
import { oneOf } from './one-of.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { unknownName } from './unknown-name.ts';

export interface LogLevelOptions extends PlaceOptions {
  engine?: string;
  json?: boolean;
}

interface Levels {
  level: LogLevel;
  engines: Record<string, LogLevel>;
}

/** An engine has the general level again, and that is as at the start: see `LogLevels`. */
const byDefault = 'default';

/** @param level without it, what is set is shown */
export async function logLevel(level: string | undefined, options: LogLevelOptions): Promise<number> {
  const { engine } = options;
  if (level !== undefined) oneOf('log-level', level, [...logLevels, byDefault]);
  const { data } = placeOf(options);
  const url = serviceUrl(data);
  if (url === undefined) throw serviceDown(data);
  const levels = level === undefined ? await read(url) : await change(data, engine, level === byDefault ? null : level);
  if (options.json) console.log(JSON.stringify(levels));
  else console.log(readable(levels));
  return 0;
}

async function read(url: string): Promise<Levels> {
  const { status, body } = await ask(`${url}/api/log`);
  if (status === 200) return body as Levels;
  throw new ClientError('SERVICE_BROKEN', `${url}: found the answer ${status}, expected 200. Look at its log.`);
}

async function change(data: string, engine: string | undefined, level: string | null): Promise<Levels> {
  const path = engine === undefined ? '/api/log' : `/api/log/engines/${encodeURIComponent(engine)}`;
  const { status, body } = await post(data, path, { level });
  if (status === 200) return body as Levels;
  const { error = `found the answer ${status}, expected 200`, near } = body as { error?: string; near?: string };
  if (status === 404) throw unknownName(engine ?? '', 'engine', near);
  throw new ClientError('SERVICE_BROKEN', oneLine(error));
}

function readable({ level, engines }: Levels): string {
  return [`${level} for all`, ...Object.entries(engines).map(([engine, own]) => `${own} for ${engine}`)].join('\n');
}
