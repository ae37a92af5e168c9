/**
 * What every command has in common.
 */
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { programOf } from '../../src/cli/run.ts';

const program = programOf(() => {}, {});
const withName = (command: Command) => ({ name: nameOf(command), command });
const all = commandsOf(program).map(withName);
/** Names for several others. */
const groups = program.commands.filter(({ commands }) => commands.length > 0).map(withName);
/** It runs until it is told to stop, and writes its log as JSON into a pipe. */
const withoutJson = ['start'];

it.each([...all, ...groups])('$name has examples in its help, which begin with it', ({ name, command }) => {
  expect(helpOf(command)).toMatch(new RegExp(`\nExamples:\n {2}\\$ nightshift ${name}`));
});

it.each(all.filter(({ name }) => !withoutJson.includes(name)))('$name has its output for machines', ({ command }) => {
  expect(command.options.map(({ long }) => long)).toContain('--json');
});

/** Those that do something: a name for several others does nothing itself. */
function commandsOf(command: Command): Command[] {
  return command.commands.flatMap((each) => (each.commands.length > 0 ? commandsOf(each) : [each]));
}

function nameOf(command: Command): string {
  return command.parent?.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}
