/**
 * `log-analysis`: every morning the errors of the last 24 hours, each kind of them once: which are new, which grow, which are gone.
 */
import type { Clock } from '../clock.ts';
import type { FunctionEngine } from '../config/config.ts';
import type { RunScope } from '../config/run-scope.ts';
import type { RowSource } from '../persistence/row-pages.ts';
import { digestOf, type ErrorDigest, type ErrorSummary } from '../telemetry/errors/error-digest.ts';
import { readGroups } from '../telemetry/errors/error-group.ts';
import { builtInSettings, scheduled } from './built-in-settings.ts';

export interface LogAnalysisPorts {
  timeZone: string;
  clock: Pick<Clock, 'now'>;
  /** Of the running service. */
  store: () => RowSource;
}

const dayMs = 86_400_000;
const timeoutMs = 600_000;
/** Of those that are new or grow, so many have a line of their own. */
const linesMax = 20;

export function logAnalysisEngine({ schedule }: { schedule: string }, ports: LogAnalysisPorts): FunctionEngine {
  return {
    id: 'log-analysis',
    importance: 'low',
    settings: builtInSettings({ schedule: scheduled(schedule, ports.timeZone), timeoutMs }),
    run: (scope) => analyse(scope, ports),
  };
}

/** Returns what it has found. */
async function analyse({ log, signal }: RunScope, { clock, store }: LogAnalysisPorts): Promise<ErrorDigest> {
  const now = clock.now();
  const groups = await readGroups(store());
  signal.throwIfAborted();
  const digest = digestOf(groups, now - dayMs, now);
  const { errors, counts, times, signatures } = digest;
  const news = errors.filter(({ trend }) => trend === 'new' || trend === 'growing');
  for (const error of news.slice(0, linesMax)) log.warn(factsOf(error), `errors.${error.trend}`);
  log.info({ times, signatures, ...counts }, 'errors.daily');
  return digest;
}

function factsOf({ signature, times, before, actors, example }: ErrorSummary) {
  const { run, message } = example;
  return { signature, times, before, actors: actors.slice(0, 5), message, ...(run !== undefined && { example: run }) };
}
