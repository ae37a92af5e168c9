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
export function programOf(lines: readonly CommandLine[]): {
  run: string[];
  isShell: boolean;
  /** Names of variables whose values are taken apart at spaces. */
  split: string[];
} {
  const [only, ...more] = lines;
  const words = only && more.length === 0 && !only.ignoresFailure ? plainWords(only) : undefined;
  if (words) return { run: words, isShell: false, split: [] };
  const split = lines.flatMap((line) => argumentsOf(line)).flatMap((each) => ('split' in each ? [each.split] : []));
  const script = lines
    .map((line, n) => shellLine(line, n === lines.length - 1 ? 'the last' : 'one of them'))
    .join(' && ');
  // What is put in is taken apart at spaces, but names no files.
  return { run: ['/bin/sh', '-c', split.length > 0 ? `set -f; ${script}` : script], isShell: true, split };
}

/** What becomes one word, or as many as the variable's value has. */
type Argument = { pieces: readonly Piece[] } | { split: string };
type Piece = { text: string } | { name: string };

const name = /^[A-Za-z_]\w*$/;
const piece = /(?<dollar>\$\$)|\$\{(?<name>[^}]*)\}|(?<text>[^$]+|\$)/gs;

/**
 * As systemd looks at them, quoted or not: `$NAME` by itself is split, `${NAME}` is put in wherever it stands, `$$` is a dollar sign, and any other
 * dollar sign is one. What is no name stands for nothing.
 *
 * @see replace_env_argv() of systemd 252, src/basic/env-util.c
 */
function argumentsOf({ words: [, ...rest], expands }: CommandLine): Argument[] {
  if (!expands) return rest.map((text) => ({ pieces: [{ text }] }));
  return rest.flatMap((word): Argument[] => {
    const whole = /^\$(?![{$])(.*)$/s.exec(word)?.[1];
    if (whole !== undefined) return name.test(whole) ? [{ split: whole }] : [];
    return [{ pieces: [...word.matchAll(piece)].flatMap(({ groups = {} }) => pieceOf(groups)) }];
  });
}

function pieceOf(groups: Readonly<Record<string, string | undefined>>): Piece[] {
  if (groups.dollar !== undefined) return [{ text: '$' }];
  if (groups.name === undefined) return [{ text: groups.text ?? '' }];
  return name.test(groups.name) ? [{ name: groups.name }] : [];
}

/** The program itself is no place for variables. */
function plainWords(line: CommandLine): string[] | undefined {
  const args = argumentsOf(line).map((argument) => {
    const pieces = 'pieces' in argument ? argument.pieces : undefined;
    return pieces?.every((each) => 'text' in each) ? pieces.map(({ text }) => text).join('') : undefined;
  });
  return args.every((arg) => arg !== undefined) ? [line.words[0] ?? '', ...args] : undefined;
}

function shellLine(line: CommandLine, place: 'the last' | 'one of them'): string {
  const text = [shellQuoted(line.words[0] ?? ''), ...argumentsOf(line).map(shellWord)].join(' ');
  if (line.ignoresFailure) return `{ ${text} || :; }`;
  return place === 'the last' ? `exec ${text}` : text;
}

function shellWord(argument: Argument): string {
  if ('split' in argument) return `$${argument.split}`;
  const { pieces } = argument;
  const texts = pieces.map((each) => ('name' in each ? `"\${${each.name}}"` : shellQuoted(each.text)));
  return texts.join('') || "''";
}
