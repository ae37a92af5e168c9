/**
 * The log of a process that stays: at the level that was asked for, else the config's, to stdout and to files.
 */
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { type LogLevel, logLevels } from '../config/definition.ts';
import { createRedactor, type Redactor } from '../persistence/redact.ts';
import { createLog } from '../telemetry/log.ts';
import { LogFiles } from '../telemetry/log-files.ts';
import { LogLevels } from '../telemetry/log-levels.ts';
import { oneOf } from './one-of.ts';

export interface StartLog {
  log: Logger;
  levels: LogLevels;
  /** To be opened once the data folder is ours. */
  files: LogFiles;
  redactor: Redactor;
}

export function startLog(config: Config, wanted: LogLevel | undefined): StartLog {
  const levels = new LogLevels(wanted ?? config.log.level);
  const files = new LogFiles();
  const redactor = createRedactor();
  const log = createLog({
    levels,
    pretty: process.stdout.isTTY && { timeZone: config.timeZone },
    redact: (text) => redactor.redact(text),
    ...(config.log.files && { file: (line: string) => files.write(line) }),
  });
  return { log, levels, files, redactor };
}

/** @throws {UsageError} */
export function logLevelIn(text: string | undefined): LogLevel | undefined {
  return text === undefined ? undefined : oneOf('--log-level', text, logLevels);
}
