/**
 * What the command says of words that are not its own. commander prints what is wrong by itself, unless that is to be JSON.
 */
import type { Command, CommanderError } from 'commander';
import { otherWord } from './other-words.ts';
import { oneLine } from './output.ts';

/** What is wrong with the words is said in JSON then, as everything else that goes wrong. */
export function keepErrorsFromPrint(command: Command): void {
  command.configureOutput({ writeErr: () => {} });
  for (const each of command.commands) keepErrorsFromPrint(each);
}

/** Says what commander has not said. @returns the exit code: 0 where it was asked for help or the version */
export function wrongWords(
  { code, exitCode, message }: CommanderError,
  program: Command,
  args: readonly string[],
): number {
  if (exitCode === 0) return 0;
  const instead = code === 'commander.unknownCommand' ? otherWord(program.args[0] ?? '') : undefined;
  const hint = instead === undefined ? [] : [`Here that is: ${instead}`];
  if (args.includes('--json')) {
    const found = code === 'commander.help' ? 'found no command, expected one. Add --help for what there is.' : message;
    const error = [oneLine(found).replace(/^error: /, ''), ...hint].join('. ');
    console.log(JSON.stringify({ error, code: 'USAGE' }));
  } else for (const line of hint) console.error(line);
  return 2;
}
