/**
 * Help on a command that there is not: commander answers that with the help on everything, and says nothing of the wrong word.
 */
import type { Command } from 'commander';

/**
 * What commander is given for words that ask for help, by `help` or by `--help`: the path of the command and `--help`, or the path up to the first
 * word that is no command, which commander refuses and knows a better one for. Other words stay as they are.
 */
export function helpWords(program: Command, args: readonly string[]): readonly string[] {
  const [first, ...rest] = args;
  // What stands behind `--` is not for this program.
  const own = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  const asksBefore = first === 'help' && rest.length > 0;
  if (!asksBefore && !own.some((word) => word === '--help' || word === '-h')) return args;
  const path: string[] = [];
  let command = program;
  for (const word of asksBefore ? rest : own) {
    if (command.commands.length === 0 || word.startsWith('-')) break;
    path.push(word);
    const named = command.commands.find((each) => each.name() === word);
    if (!named && word !== 'help') return path;
    command = named ?? command;
  }
  return [...path, '--help'];
}
