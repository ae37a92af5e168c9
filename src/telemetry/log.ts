/**
 * Logs: one JSON line an event, by pino, to stdout and to whoever else takes lines; readable in a terminal. Every line passes the
 * redactor last of all, so that a secret cannot leave the process in an error's message or stack.
 */
import pino, { type Logger } from 'pino';
import { wantsColours } from '../policies/terminal.ts';
import { engineOf, type LogLevels } from './log-levels.ts';
import { readableLines } from './readable-line.ts';

export interface LogOptions {
  levels: LogLevels;
  /** For people instead of machines: in which time zone they are told times. */
  pretty: { timeZone: string } | false;
  redact: (text: string) => string;
  /** Where whole lines go. Default: stdout, at once. */
  write?: (line: string) => void;
  /** Gets each line as JSON too. */
  file?: (line: string) => void;
}

/** The logger. What it writes is for `levels` to say: its own level stays at the lowest, so that each may be changed later. */
export function createLog({ levels, pretty, redact, write = toStdout, file }: LogOptions): Logger {
  // Whoever looks on cannot ask for more: a line is whole, and an error comes with its stack.
  const shown = pretty && readableLines({ ...pretty, colours: wantsColours(process.env), hasStacks: true });
  const stream = {
    write(line: string) {
      const clean = redact(line);
      file?.(clean);
      write(shown ? shown(clean) : clean);
    },
  };
  /** Which engine a logger writes for, where it was made for one. */
  const engines = new WeakMap<object, string>();
  return pino(
    {
      level: 'trace',
      serializers: { err: pino.stdSerializers.errWithCause },
      onChild(child) {
        const { engine } = child.bindings();
        if (typeof engine === 'string') engines.set(child, engine);
      },
      hooks: {
        logMethod(given, method, level) {
          if (levels.wants(engines.get(this) ?? engineIn(given[0]), level)) method.apply(this, given);
        },
      },
    },
    stream,
  );
}

function engineIn(facts: unknown): string | null {
  if (typeof facts !== 'object' || facts === null) return null;
  const { actor, engine } = facts as { actor?: unknown; engine?: unknown };
  if (typeof engine === 'string') return engine;
  return typeof actor === 'string' ? engineOf(actor) : null;
}

function toStdout(line: string) {
  process.stdout.write(line);
}
