/**
 * Commands: programs as jobs.
 */
import { resolve } from 'node:path';
import { z } from 'zod';
import type { CommandConfig } from './config.ts';
import { type ExitMeaning, exitMeanings } from './definition.ts';
import type { Environment } from './env.ts';
import { field, type Mismatch, section, together } from './field.ts';
import { oneOf, size, text, yesOrNo } from './fields.ts';
import { found, foundKind } from './found.ts';
import { environmentText } from './private-field.ts';

/**
 * @param more what else may be said about it
 * @param expected how it is written
 */
export function commandSchema<More extends z.core.$ZodLooseShape>(
  environment: Environment,
  more: More,
  expected = 'command(id, { … })',
) {
  const names = { error: "an array of names such as ['PATH', 'HOME']" };
  const command = section(
    {
      run: program(),
      shell: yesOrNo().default(false),
      cwd: text('a folder', 'Write its path, from the folder of the config on.').optional(),
      env: z
        .record(z.string(), environmentText(environment), { error: 'an object with a text for each name' })
        .default({}),
      stdin: anyText().optional(),
      inherit: z.array(text('the name of an environment variable', "Write 'PATH'."), names).default(inherited),
      exitCodes: z
        .record(z.string(), oneOf(exitMeanings), { error: 'an object with a meaning for each code' })
        .default({}),
      memory: size().optional(),
      ...more,
    },
    expected,
  );
  return together(together(command, shellLine), exitCode);
}

const inherited = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** Also an empty one. */
const anyText = () =>
  field({ expected: 'a text', fix: "Write it in quotes, with '\\n' for a new line." }, (value) =>
    typeof value === 'string' ? value : undefined,
  );

const program = () =>
  field({ expected: 'a program and its arguments', fix: "Write ['python3', 'import.py']." }, (value, complain) => {
    if (typeof value === 'string' && value.trim() !== '') return value;
    if (!Array.isArray(value)) return undefined;
    const isProgram = value.length > 0 && value.every((part) => typeof part === 'string') && value[0] !== '';
    return isProgram ? (value as string[]) : complain({ found: foundKind(value) });
  });

/** A text is split by nobody but a shell. */
function shellLine({ run, shell }: Readonly<Record<string, unknown>>): Mismatch | undefined {
  if (typeof run === 'string' && shell !== true) {
    return {
      path: ['run'],
      found: found(run),
      expected: 'a program and its arguments, as an array',
      fix: 'Write each argument by itself, or shell: true beside it.',
    };
  }
  if (Array.isArray(run) && shell === true) {
    return { path: ['run'], found: 'an array', expected: 'one line for the shell', fix: 'Write it as a text.' };
  }
  return undefined;
}

function exitCode({ exitCodes }: Readonly<Record<string, unknown>>): Mismatch | undefined {
  const wrong = Object.keys(exitCodes ?? {}).find(
    (code) => code !== 'other' && (!/^\d+$/.test(code) || Number(code) > 255),
  );
  if (wrong === undefined) return undefined;
  return {
    path: ['exitCodes', wrong],
    found: `the exit code ${found(wrong)}`,
    expected: "a whole number from 0 to 255, or 'other'",
    fix: 'Correct it.',
  };
}

/** @see sysexits.h of BSD: EX_TEMPFAIL, EX_UNAVAILABLE, EX_NOPERM */
const meanings: readonly (readonly [number, ExitMeaning])[] = [
  [0, 'success'],
  [75, 'recoverable'],
  [69, 'degraded'],
  [77, 'critical'],
];

/** What every code means that nothing else is said of. */
function anyOther(meaning: ExitMeaning | undefined): (readonly [number, ExitMeaning])[] {
  return meaning === undefined ? [] : Array.from({ length: 255 }, (_, n) => [n + 1, meaning] as const);
}

/** @param folder the config's, from which the working folder is counted */
export function commandConfig(
  parsed: z.output<ReturnType<typeof commandSchema<object>>>,
  folder: string,
): CommandConfig {
  const { run, shell, cwd = '.', env, stdin, inherit, memory } = parsed;
  const { other, ...codes } = parsed.exitCodes;
  const [program = '', ...args] = typeof run === 'string' ? [run] : run;
  return {
    program,
    args,
    shell,
    cwd: resolve(folder, cwd),
    env: new Map(Object.entries(env)),
    inherit,
    ...(stdin !== undefined && { stdin }),
    exitCodes: new Map([
      ...anyOther(other),
      ...meanings,
      ...Object.entries(codes).map(([code, meaning]) => [Number(code), meaning] as const),
    ]),
    ...(memory !== undefined && { memoryBytes: memory }),
  };
}
