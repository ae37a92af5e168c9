/**
 * Command lines of a service: `ExecStart=` and its like.
 *
 * No shell is involved in them, so none is here as long as one program with its arguments is all. Variables, which systemd puts in
 * itself, and several programs one after the other are left to a shell that gets nothing else to do.
 *
 * @see systemd.service(5), "Command lines"
 */
import { shellQuoted } from '../../policies/shell-quoted.ts';
import { type Specifiers, specified } from './specifiers.ts';
import { separator, UnitError, wordsIn } from './words.ts';

export interface CommandLine {
  words: readonly string[];
  /** A failure of it counts as success. */
  ignoresFailure: boolean;
  /** It runs with all rights, whoever the service's user is. */
  isPrivileged: boolean;
  /** Variables in it are put in. */
  expands: boolean;
}

/**
 * @param value of one setting, which may have several commands
 * @throws {UnitError}
 */
export function commandLinesIn(value: string, specifiers: Specifiers): CommandLine[] {
  const lines: string[][] = [[]];
  for (const word of wordsIn(value)) {
    if (word === separator) lines.push([]);
    else lines.at(-1)?.push(word);
  }
  return lines.filter((words) => words.length > 0).map((words) => commandLine(words, specifiers));
}

function commandLine([first = '', ...rest]: string[], specifiers: Specifiers): CommandLine {
  const prefix = /^[-@:+!|]*/.exec(first)?.[0] ?? '';
  if (prefix.includes('|')) throw new UnitError(`${first}: it runs in the shell of its user, which is not known here.`);
  // Behind an at sign, the second word is only what the program is called.
  const args = prefix.includes('@') ? rest.slice(1) : rest;
  return {
    words: [first.slice(prefix.length), ...args].map((word) => specified(word, specifiers)),
    ignoresFailure: prefix.includes('-'),
    isPrivileged: /[+!]/.test(prefix),
    expands: !prefix.includes(':'),
  };
}

/** A program and its arguments that do what the lines do, one after the other as long as they succeed. */
export function programOf(lines: readonly CommandLine[]): { run: string[]; isShell: boolean } {
  const [only, ...more] = lines;
  if (
    only &&
    more.length === 0 &&
    !only.ignoresFailure &&
    !only.words.some((word) => only.expands && variable.test(word))
  ) {
    return { run: only.words.map((word) => plain(word, only)), isShell: false };
  }
  const splits = lines.some(({ words, expands }) => expands && words.some((word) => whole.test(word)));
  const script = lines
    .map((line, n) => shellLine(line, n === lines.length - 1 ? 'the last' : 'one of them'))
    .join(' && ');
  // What is put in is taken apart at spaces, but names no files.
  return { run: ['/bin/sh', '-c', splits ? `set -f; ${script}` : script], isShell: true };
}

/** As in `$FLAGS`: words of its own. */
const whole = /^\$(?<name>[A-Za-z_]\w*)$/;
const variable = /^\$[A-Za-z_]\w*$|\$\{[A-Za-z_]\w*\}/;

function plain(word: string, { expands }: CommandLine): string {
  return expands ? word.replaceAll('$$', '$') : word;
}

function shellLine(line: CommandLine, place: 'the last' | 'one of them'): string {
  const text = line.words.map((word) => shellWord(word, line)).join(' ');
  if (line.ignoresFailure) return `{ ${text} || :; }`;
  return place === 'the last' ? `exec ${text}` : text;
}

function shellWord(word: string, line: CommandLine): string {
  if (!line.expands || !variable.test(word)) return shellQuoted(plain(word, line));
  if (whole.test(word)) return word;
  return word
    .split(/(\$\{[A-Za-z_]\w*\})/)
    .map((piece, n) => (n % 2 === 1 ? `"${piece}"` : piece === '' ? '' : shellQuoted(plain(piece, line))))
    .join('');
}
