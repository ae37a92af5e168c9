/**
 * `import`: brings in what was elsewhere, with a command of its own for each place it may come from.
 */
import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import type { CrontabOptions } from './import-crontab.ts';
import type { ImportStateOptions } from './import-state.ts';
import type { SystemdOptions } from './import-systemd.ts';
import { examples, placed } from './options.ts';

/** @param end takes the exit code */
export function addImport(program: Command, end: (code: number) => void): void {
  const parent = program
    .command('import')
    .exitOverride()
    .description('bring in what was elsewhere')
    .addHelpText(
      'after',
      examples('nightshift import crontab', 'nightshift import systemd', 'nightshift import state state.jsonl'),
    );
  written(parent.command('crontab [file]'))
    .description(
      'write a config with the jobs of a crontab, which stays as it is: of a file, of stdin (-), or your own',
    )
    .option('--system', 'each line says as whom it runs, as in /etc/crontab and /etc/cron.d, where it is known')
    .option('--cron <name>', "who has read it until now: debian or cronie (default: this machine's)")
    .addHelpText('after', examples('nightshift import crontab', 'nightshift import crontab /etc/cron.d/backup --out -'))
    .action(async (file: string | undefined, options: CrontabOptions) =>
      end((await import('./import-crontab.ts')).importCrontabCommand(file, options)),
    );
  written(parent.command('systemd [units...]'))
    .description(
      "write a config with the jobs of systemd's timers, which stay as they are: files, folders, or your own",
    )
    .option('--system', 'those of the machine (the default for root)')
    .option('--user', 'those of whoever gives the command (the default for everybody else)')
    .addHelpText('after', examples('nightshift import systemd', 'nightshift import systemd backup.timer --out -'))
    .action(async (units: string[], options: SystemdOptions) =>
      end((await import('./import-systemd.ts')).importSystemdCommand(units, options)),
    );
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

/** With the options of those that write a config. */
function written(command: Command): Command {
  return command
    .exitOverride()
    .option('--out <file>', 'where it is written (default: nightshift.config.ts in this folder; - for stdout)')
    .option('--force', 'replace a file that is there')
    .option('--json', 'for machines: what became of each job');
}
