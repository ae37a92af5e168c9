/**
 * The keys of an engine's program, in every way in which a crontab may give it to the wrapper.
 */
import type { CommandConfig } from '../config/config.ts';
import { shellTokens } from '../moving-in/shell-words.ts';
import { commandKey } from './command-key.ts';

export function engineKeys({ program, args, shell }: CommandConfig): string[] {
  const command = shell ? ['/bin/sh', '-c', program] : withoutUser([program, ...args]);
  const [first = '', flag, line] = command;
  const inner = /sh$/.test(first) && flag === '-c' && line !== undefined ? wordsOf(line) : undefined;
  return [command, ...(inner ? [inner] : [])].map(commandKey);
}

/** As root, another user's job is run through this. */
function withoutUser(command: readonly string[]): readonly string[] {
  return command[0] === '/sbin/runuser' && command[3] === '--' ? command.slice(4) : command;
}

/** What the wrapper gets in place of the line when it stands before it; undefined when that is only a part of it. */
function wordsOf(line: string): string[] | undefined {
  const tokens = shellTokens(line);
  const words = tokens.flatMap((token) => ('word' in token ? [token.word] : []));
  return words.length === tokens.length && words.length > 0 ? words : undefined;
}
