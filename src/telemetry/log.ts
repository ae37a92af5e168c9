/**
 * Logs: one JSON line an event, by pino; readable in a terminal. Every line passes the redactor last of all, so
 * that a secret cannot leave the process in an error's message or stack.
 */
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';

export interface LogOptions {
  /** `debug` shows the routine too. */
  level: string;
  /** For people instead of machines. */
  pretty: boolean;
  redact: (text: string) => string;
  /** Where whole lines go. Default: stdout, at once. */
  write?: (line: string) => void;
}

export function createLog({ level, pretty: readable, redact, write = toStdout }: LogOptions): Logger {
  const shown = readable
    ? pretty.prettyFactory({ colorize: colours(), singleLine: true, ignore: 'pid,hostname,at,event,via' })
    : undefined;
  const stream = {
    write(line: string) {
      const clean = redact(line);
      write(shown ? shown(clean) : clean);
    },
  };
  return pino({ level, serializers: { err: pino.stdSerializers.errWithCause } }, stream);
}

function toStdout(line: string) {
  process.stdout.write(line);
}

/** @see https://no-color.org */
function colours() {
  return !process.env.NO_COLOR;
}
