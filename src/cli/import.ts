/**
 * `import`: brings in what was elsewhere, with a command of its own for each place it may come from.
 */
import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { ImportStateOptions } from './import-state.ts';
import { examples, placed } from './options.ts';

/** @param end takes the exit code */
export function addImport(program: Command, end: (code: number) => void): void {
  const parent = program
    .command('import')
    .exitOverride()
    .description('bring in what was elsewhere')
    .addHelpText('after', examples('nightshift import state state.jsonl'));
  placed(parent.command('state <file>'))
    .description('make a store from what export has written; - reads the standard input')
    .option('--force', 'though there is a store already, which is kept under another name')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples('nightshift import state state.jsonl', 'zcat state.jsonl.gz | nightshift import state -'),
    )
    .action(async (file: string, options: ImportStateOptions) =>
      end(await (await import('./import-state.ts')).importState(file, options, systemClock.now())),
    );
}
