/**
 * What a simple command of the shell really runs: `nice -n 19 sudo -u ada python3 backup.py` runs four programs, one inside the other.
 */
import { simpleCommands } from './shell-words.ts';

/** Nobody has so many words before the program's name. */
const seenMax = 50;

/** What only prepares for something else. */
const preparations =
  /^(?:cd|export|set|umask|ulimit|sleep|test|\[\[?|true|:|\.|source|trap|if|then|else|fi|do|done|while|for)$/;
/** What runs another program: how many arguments stand before that which are no options, and which of its options take a value. */
const wrappers: Readonly<Record<string, { before: number; valued: string }>> = {
  sudo: { before: 0, valued: 'ugpCD' },
  env: { before: 0, valued: 'uCS' },
  nice: { before: 0, valued: 'n' },
  ionice: { before: 0, valued: 'cnp' },
  timeout: { before: 1, valued: 'sk' },
  flock: { before: 1, valued: 'wE' },
  chrt: { before: 1, valued: 'TPD' },
  taskset: { before: 1, valued: '' },
  stdbuf: { before: 0, valued: 'ioe' },
  lockrun: { before: 0, valued: '' },
  nohup: { before: 0, valued: '' },
  exec: { before: 0, valued: 'a' },
  time: { before: 0, valued: 'fo' },
  setsid: { before: 0, valued: '' },
  chronic: { before: 0, valued: '' },
  command: { before: 0, valued: '' },
};
const interpreters = /^(?:(?:ba|da|z|k|a)?sh|python[\d.]*|perl|ruby|node|php[\d.]*|Rscript|java|deno|bun|tsx|pwsh)$/;

/**
 * A simple command, then what its program only runs for others, and so on: without assignments, `nice -n 19`, `sudo -u ada`, `python3`.
 *
 * @param words of one simple command
 * @returns never empty; each a program with its arguments
 */
export function layers(words: readonly string[]): (readonly string[])[] {
  const [first = '', ...rest] = words.slice(0, seenMax);
  if (/^\w+=/.test(first) && rest.length > 0) return layers(rest);
  const program = programName(first);
  const wrapper = Object.hasOwn(wrappers, program) ? wrappers[program] : undefined;
  const inner = wrapper ? withoutOptions(rest, wrapper.valued).slice(wrapper.before) : interpreted(program, rest);
  if (inner[0] === '-c' && inner[1] !== undefined) return [words, ...layers(firstCommand(inner[1]))];
  if (inner.length === 0) return [words];
  return wrapper ? [words, ...layers(inner)] : [words, inner];
}

/** Without its folder. */
export function programName(word: string): string {
  return word.replace(/^.*\//s, '');
}

/** The first simple command of a line that does more than prepare for the others. */
export function firstCommand(line: string): readonly string[] {
  const commands = simpleCommands(line);
  return commands.find(([word = '']) => !preparations.test(word)) ?? commands[0] ?? [];
}

/** `python3 -u import.py`, `java -jar backup.jar`; of a shell's own line, what stands in it. */
function interpreted(program: string, args: readonly string[]): readonly string[] {
  if (!interpreters.test(program)) return [];
  const line = /sh$/.test(program) ? args.findIndex((arg) => /^-\w*c$/.test(arg)) : -1;
  return line < 0 ? args.filter((arg) => !arg.startsWith('-')) : ['-c', ...args.slice(line + 1)];
}

function withoutOptions(words: readonly string[], valued: string): readonly string[] {
  const [first = ''] = words;
  if (!first.startsWith('-') || first === '-c') return words;
  const takesNext = first.length === 2 && valued.includes(first.slice(1));
  return withoutOptions(words.slice(takesNext ? 2 : 1), valued);
}
