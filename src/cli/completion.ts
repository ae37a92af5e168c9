/**
 * Completion for bash, zsh and fish: the script that a shell reads, and what it asks for at each press of the tab key.
 *
 * The shell runs `nightshift complete -- WORDS`, so what is offered is what this very version has, and the names are those of the
 * data folder that the words name.
 */

import type { ArgumentHandler, Complete, RootCommand } from '@bomb.sh/tab';
import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import { logLevels } from '../config/definition.ts';
import { crons } from '../moving-in/crontab/crons.ts';
import { backupsIn } from '../persistence/backup-folder.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { recordPrefix } from '../persistence/record.ts';
import { readStoreFile } from '../persistence/store-reader.ts';
import { presetWords } from '../testing/simulate/presets.ts';
import { forEveryBash } from './bash-completion.ts';
import { placeOf } from './place.ts';

const help = `
Examples:
  $ echo 'source <(nightshift completion bash)' >> ~/.bashrc
  $ echo 'source <(nightshift completion zsh)' >> ~/.zshrc
  $ nightshift completion fish > ~/.config/fish/completions/nightshift.fish

nightshift has to be in the PATH. zsh needs its compinit.`;

/** The commands' arguments and options that are the name of an actor, by its kind. */
const kinds = ['engine', 'breaker', 'incident'] as const;

const shells = ['bash', 'zsh', 'fish'];

/** Adds the two commands. @param words what the shell wants completed; the last one is under way */
export function addCompletion(program: Command, words: readonly string[]): void {
  const root = tab(program, { completionCommandName: 'completion' });
  const own = program.commands.find((command) => command.name() === 'completion');
  // Its script for PowerShell has been tried by nobody here.
  own?.registeredArguments[0]?.choices(shells);
  own?.addHelpText('after', help);
  own?.action((shell: string) => {
    const script = printedBy(() => root.setup(program.name(), program.name(), shell));
    console.log(shell === 'bash' ? forEveryBash(script) : script);
  });
  offerNames(root, words);
}

/** The library prints the script by itself. */
function printedBy(work: () => void): string {
  const { log } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  try {
    work();
  } finally {
    console.log = log;
  }
  return lines.join('\n');
}

function offerNames(root: RootCommand, words: readonly string[]): void {
  const values: Record<string, (complete: Complete) => void> = {
    level: offer(logLevels.map((level) => [level, ''])),
    'log-level': offer(logLevels.map((level) => [level, ''])),
    faults: offer(Object.entries(presetWords)),
    action: offer(['install', 'uninstall', 'status', 'logs'].map((action) => [action, ''])),
    shell: offer(shells.map((shell) => [shell, ''])),
    manager: offer(['systemd', 'launchd'].map((manager) => [manager, ''])),
    cron: offer(Object.values(crons).map(({ name, called }) => [name, called])),
    command: offer(
      [...root.commands.values()]
        .filter(({ value }) => !value.includes(' '))
        .map(({ value, description }) => [value, description]),
    ),
    profile: offer(['strict', 'home'].map((profile) => [profile, ''])),
    backup: (complete) => offerBackups(words, complete),
    ...Object.fromEntries(kinds.map((kind) => [kind, (complete: Complete) => offerActors(kind, words, complete)])),
  };
  for (const command of root.commands.values()) {
    for (const [name, argument] of command.arguments)
      if (values[name]) argument.handler = values[name] as ArgumentHandler;
    for (const [name, option] of command.options) if (values[name]) option.handler = values[name];
  }
}

function offer(all: readonly (readonly [string, string])[]): (complete: Complete) => void {
  return (complete) => {
    for (const [value, words] of all) complete(value, words);
  };
}

/** A shell has no use for an error: without a store there are no names. */
function offerActors(kind: (typeof kinds)[number], words: readonly string[], complete: Complete): void {
  const prefix = `${recordPrefix}${kind}/`;
  try {
    const data = dataIn(words);
    for (const { key } of readStoreFile(dataDirAt(data).store, prefix)) complete(key.slice(prefix.length), '');
  } catch {}
}

/** Where the config puts them elsewhere, it would have to be loaded for that: those are not offered. */
function offerBackups(words: readonly string[], complete: Complete): void {
  complete('latest', '');
  try {
    for (const { name } of backupsIn(dataDirAt(dataIn(words)).backups)) complete(name, '');
  } catch {}
}

function dataIn(words: readonly string[]): string {
  return placeOf({ ...named('config', words), ...named('data', words) }).data;
}

function named(option: 'config' | 'data', words: readonly string[]): { config?: string; data?: string } {
  const value = words[words.indexOf(`--${option}`) + 1];
  return words.includes(`--${option}`) && value ? { [option]: value } : {};
}
