/**
 * Shadow mode on the command line. What stands behind `shadow --` never comes here: main.ts gives it to the wrapper at once.
 */
import type { Command } from 'commander';
import { systemClock } from '../clock.ts';
import { examples, placed } from './options.ts';
import type { ShadowCrontabOptions } from './shadow-crontab.ts';
import type { ShadowReportOptions } from './shadow-report.ts';

/** @param end takes the exit code */
export function addShadow(program: Command, end: (code: number) => void): void {
  const parent = program
    .command('shadow')
    .exitOverride()
    .description('run a command unchanged and note that it ran (shadow -- CMD), for start --shadow to compare')
    .usage('[--data DIR] [--engine ID] -- COMMAND')
    .addHelpText(
      'after',
      examples('nightshift shadow --data /home/ada/jobs/.nightshift -- /usr/local/bin/backup --all'),
    );
  placed(parent.command('report'))
    .description('say what nightshift would have done otherwise than the scheduler that it has followed')
    .option('--days <n>', 'of the last days (default: 7)')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift shadow report', 'nightshift shadow report --json | jq .engines'))
    .action(async (options: ShadowReportOptions) =>
      end(await (await import('./shadow-report.ts')).shadowReportCommand(options, systemClock.now())),
    );
  placed(parent.command('crontab [file]'))
    .description(
      'print a crontab with the wrapper in its lines: of a file, of stdin (-), or your own, which stays as it is',
    )
    .option('--system', 'each line says as whom it runs, as in /etc/crontab and /etc/cron.d, where it is known')
    .option('--cron <name>', "who has read it until now: debian or cronie (default: this machine's)")
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples('nightshift shadow crontab > wrapped.txt', 'nightshift shadow crontab before.txt | crontab -'),
    )
    .action(async (file: string | undefined, options: ShadowCrontabOptions) =>
      end((await import('./shadow-crontab.ts')).shadowCrontab(file, options)),
    );
}
