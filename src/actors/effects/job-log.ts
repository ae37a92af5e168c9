/**
 * The log of a job: its lines bear the engine and the run. What a job tells of may have any name, also those by which lines are found and
 * shown, and of two facts with one name JSON knows the later: so such a fact gets another.
 */
import type { Logger } from 'pino';

/** What every line has, by names that are not a job's to give. */
const taken = new Set(['level', 'time', 'pid', 'hostname', 'engine', 'run']);

/** A job's `time` becomes `time_`, and so on; also its `msg`, where that is no text. */
export function jobLog(log: Logger, engine: string, run: string): Logger {
  return log.child({ engine, run }, { formatters: { log: renamed } });
}

function renamed(facts: object): object {
  const entries = Object.entries(facts);
  if (!entries.some(isTaken)) return facts;
  return Object.fromEntries(entries.map((entry) => [isTaken(entry) ? `${entry[0]}_` : entry[0], entry[1]]));
}

function isTaken([name, value]: [string, unknown]): boolean {
  return taken.has(name) || (name === 'msg' && typeof value !== 'string');
}
