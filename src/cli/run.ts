/**
 * The command line: what there is, and what every way to end it means. Exit codes: 0 done, 1 failed, 2 wrong
 * usage or config.
 *
 * What a command does is loaded when it is given: the service is large, and whoever only asks it something need not wait for that.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { systemClock } from '../clock.ts';
import { ConfigError } from '../config/config-error.ts';
import { NightshiftError } from '../errors.ts';
import { type KeyPlaces, takeKeys } from '../persistence/vault-key.ts';
import { presetWords } from '../testing/simulate/presets.ts';
import type { BackupOptions } from './backup.ts';
import type { CheckOptions } from './check.ts';
import type { Order } from './command.ts';
import type { DiagramsOptions } from './diagrams.ts';
import type { DoctorOptions } from './doctor.ts';
import type { ExportOptions } from './export.ts';
import { helpWords } from './help-words.ts';
import type { HistoryOptions } from './history.ts';
import { addImport } from './import.ts';
import type { LogLevelOptions } from './log-level.ts';
import type { LogsOptions } from './logs.ts';
import type { MetricsOptions } from './metrics.ts';
import { added, examples, placed } from './options.ts';
import { refuseEarlyEnd, refuseHalfWritten, surviveLostReaders, writeWhole } from './output.ts';
import type { PlaceOptions } from './place.ts';
import type { RecoverOptions } from './recover.ts';
import type { ReloadOptions } from './reload.ts';
import type { ReportOptions } from './report.ts';
import type { RestoreOptions } from './restore.ts';
import type { ServiceOptions } from './service-command.ts';
import { addShadow } from './shadow-commands.ts';
import type { SimulateOptions } from './simulate-input.ts';
import type { StartOptions } from './start.ts';
import type { StatusOptions } from './status.ts';
import { systemRefusal } from './system-refusal.ts';
import { typedPlace, withTypedPlace } from './typed-place.ts';
import { UsageError } from './usage-error.ts';
import type { VaultOptions } from './vault.ts';
import type { WhyOptions } from './why.ts';
import { keepErrorsFromPrint, wrongWords } from './wrong-words.ts';

/** What the command is said to do that prints a script for a shell. */
export const completionWords = 'print the script that completes commands and names in bash, zsh or fish';

const orders: readonly (readonly [Order, string, readonly string[]])[] = [
  [
    { name: 'trigger', kind: 'engine', event: 'engine.trigger', putsBack: false },
    'start a run now',
    ['nightshift trigger hello'],
  ],
  [
    { name: 'pause', kind: 'engine', event: 'engine.pause', putsBack: false },
    'stop an engine; a run under way keeps its finished steps',
    ['nightshift pause hello'],
  ],
  [
    { name: 'resume', kind: 'engine', event: 'engine.resume', putsBack: true },
    'let an engine go on that is paused or halted, or was given up',
    ['nightshift resume hello'],
  ],
  [
    { name: 'reset', kind: 'breaker', event: 'breaker.reset', putsBack: true },
    'close a breaker; or, with kind/id, put any actor back into service that was given up',
    ['nightshift reset api-health-1', 'nightshift reset engine/hello'],
  ],
  [
    { name: 'isolate', kind: 'breaker', event: 'breaker.isolate', putsBack: false },
    'keep every call away from a service, until its breaker is reset',
    ["nightshift isolate api-health-1 --reason 'moving house'", 'nightshift reset api-health-1'],
  ],
  [
    { name: 'ack', kind: 'incident', event: 'incident.acknowledge', putsBack: false },
    'say that you know of an incident: no more reminders',
    ['nightshift ack breaker:shop'],
  ],
];

/** Does what the arguments say. @returns the exit code */
export async function run(args: readonly string[]): Promise<number> {
  surviveLostReaders();
  writeWhole();
  const finish = refuseEarlyEnd();
  let code = 0;
  const keys = takeKeys(process.env);
  const program = programOf((result) => {
    code = result;
  }, keys);
  try {
    await addCompletion(program, args);
    if (args.includes('--json')) keepErrorsFromPrint(program);
    await program.parseAsync([...helpWords(program, args)], { from: 'user' });
    // A service goes on without its reader, and has its log in files.
    if (args[0] !== 'start') refuseHalfWritten();
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return wrongWords(error, program, args);
    const told = error instanceof NightshiftError ? error : systemRefusal(error);
    if (told === undefined) {
      console.error(error);
      return 1;
    }
    const message = withTypedPlace(told.message, typedPlace(args));
    if (args.includes('--json') && !process.stdout.errored)
      console.log(JSON.stringify({ error: message, code: told.code }));
    else console.error(message);
    return told instanceof UsageError || told instanceof ConfigError ? 2 : 1;
  } finally {
    finish();
  }
}

/** Completion is made of all other commands, and takes some time to load: here it is only named, unless it is asked for. */
async function addCompletion(program: Command, args: readonly string[]): Promise<void> {
  if (args[0] === 'complete' || args.slice(0, 2).includes('completion'))
    (await import('./completion.ts')).addCompletion(program, args);
  else program.command('completion <shell>').description(completionWords);
}

/**
 * Every command, with what it does.
 *
 * @param end told of the exit code
 * @param keys what the environment said of the vault's key; it is in there no more
 */
export function programOf(end: (code: number) => void, keys: KeyPlaces): Command {
  const program = new Command('nightshift')
    .description('Keeps jobs running around the clock on one machine.')
    .version(version())
    .showHelpAfterError('Add --help for what there is.')
    .addHelpText('after', examples('nightshift init', 'nightshift start', 'nightshift status'))
    .exitOverride();

  placed(program.command('start'))
    .description('run the service until SIGTERM or Ctrl-C')
    .option('--log-level <level>', 'debug, info, warn, error; without it: what the config says')
    .option('--inspect [port]', "serve Stately's inspector, for a browser on this machine (default: 4101; 0 for any)")
    .option('--shadow', 'follow the schedule beside the scheduler that you have, and run nothing')
    .addHelpText(
      'after',
      examples(
        'nightshift start',
        'nightshift start --data /var/lib/nightshift --port 0',
        'nightshift start --inspect',
        'nightshift start --shadow',
      ),
    )
    .action(async (options: StartOptions) =>
      end(
        options.shadow
          ? await (await import('./start-shadow.ts')).startShadow(options)
          : await (await import('./start.ts')).start(options, keys),
      ),
    );
  placed(program.command('status'))
    .description('show every engine, breaker and token, also when the service is down')
    .option('--troubled', 'those alone that are not as they should be')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift status --troubled', 'nightshift status --json | jq .actors'))
    .action(async (options: StatusOptions) =>
      end(await (await import('./status.ts')).status(options, systemClock.now())),
    );
  placed(program.command('doctor'))
    .description('look at all that the service needs, and say which command mends what is not as it should be')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift doctor', 'nightshift doctor --json | jq .findings'))
    .action(async (options: DoctorOptions) => end(await (await import('./doctor.ts')).doctor(options, keys)));
  placed(program.command('incidents'))
    .description('show what stands and may need a person: since when, who waits for it, and what to do')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift incidents', 'nightshift incidents --json | jq .'))
    .action(async (options: PlaceOptions & { json?: boolean }) =>
      end(await (await import('./incidents.ts')).incidents(options, systemClock.now())),
    );
  placed(program.command('logs'))
    .description('show what the service has said, also when it is down')
    .option('-f, --follow', 'go on with what comes')
    .option('--engine <id>', 'of this engine alone')
    .option('--run <id>', 'of this run alone')
    .option('--since <time>', 'as in 2h, 03:00 or 2026-11-23T03:00')
    .option('--level <level>', 'this level and above, as in warn')
    .option('-n, --lines <n>', 'the last ones alone')
    .option('--stacks', 'all that is known of an error beneath its line: codes, stack, causes')
    .option('--json', 'for machines: a JSON object a line')
    .addHelpText('after', examples('nightshift logs -f', 'nightshift logs --engine hello --since 2h --level warn'))
    .action(async (options: LogsOptions) => end(await (await import('./logs.ts')).logs(options, systemClock.now())));
  placed(program.command('log-level [level]'))
    .description(
      "show from which level on lines are written; or change it, until the service ends or it is 'default' again",
    )
    .option('--engine <id>', 'of this engine alone')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift log-level debug --engine hello', 'nightshift log-level'))
    .action(async (level: string | undefined, options: LogLevelOptions) =>
      end(await (await import('./log-level.ts')).logLevel(level, options)),
    );
  placed(program.command('metrics [engine]'))
    .description('show how long things took, how often they failed, and trends; also when the service is down')
    .option('--week', 'the last seven days instead of the last 24 hours')
    .option('--slowest', 'those first that took longest, by p95; those alone whose length is known')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift metrics --slowest', 'nightshift metrics hello --week'))
    .action(async (engine: string | undefined, options: MetricsOptions) =>
      end(await (await import('./metrics.ts')).metrics(engine, options, systemClock.now())),
    );
  placed(program.command('why <engine> [time]'))
    .description('say in one sentence what became of a due time of an engine, or what it does now')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples('nightshift why hello', 'nightshift why hello 03:00', "nightshift why hello '2026-11-23 03:00'"),
    )
    .action(async (engine: string, time: string | undefined, options: WhyOptions) =>
      end(await (await import('./why.ts')).why(engine, time, options, systemClock.now())),
    );
  placed(program.command('history <engine>'))
    .description(
      'show what became of the due times and runs of an engine, the latest first; also when the service is down',
    )
    .option('-n, --lines <n>', 'how many (default: 20)')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift history hello', 'nightshift history hello --json | jq .'))
    .action(async (engine: string, options: HistoryOptions) =>
      end(await (await import('./history.ts')).history(engine, options, systemClock.now())),
    );
  placed(program.command('report'))
    .description('print the report of the last 24 hours, of a day or of a week; also when the service is down')
    .option('--day [day]', 'as it was written that morning; today, or as in 2026-11-23')
    .option('--week', 'the last seven days')
    .option('--markdown', 'for a wiki or a chat')
    .option('--html', 'as a page in one file')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples(
        'nightshift report',
        'nightshift report --week --html > week.html',
        'nightshift report --day 2026-11-23 --json | jq .totals',
      ),
    )
    .action(async (options: ReportOptions) =>
      end(await (await import('./report.ts')).report(options, systemClock.now())),
    );
  placed(program.command('service <action>'))
    .description('let systemd or launchd keep the service running: install, uninstall, status or logs')
    .option('--print', 'with install: show the file that would be written, and do nothing')
    .option('--dry-run', 'with install and uninstall: say what would be done, and do nothing')
    .option('--force', 'replace, or remove, a file that is not as it was written')
    .option('--user', 'a service of your own (default, but for root)')
    .option('--system', 'a service of the machine; takes root')
    .option('--as <user>', "whom the machine's service runs as (default: the owner of the config's folder)")
    .option('--name <name>', 'of the service (default: nightshift)')
    .option(
      '--profile <profile>',
      'strict, or home for jobs that need the home folder, a browser or another interpreter',
    )
    .option('--read <path>', 'the jobs may read this too; may be given several times', added)
    .option('--write <path>', 'the jobs may write here too; may be given several times', added)
    .option('--env-file <file>', 'variables of the service and its config, a NAME=value to a line')
    .option('--credential <id:file>', 'systemd lends the service nightshift-key or nightshift-token', added)
    .option('--manager <name>', "systemd or launchd (default: this system's)")
    .option('-f, --follow', 'with logs: go on with what comes')
    .option('-n, --lines <n>', 'with logs: the last ones alone')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples(
        'nightshift service install --print',
        'nightshift service install --env-file secrets.env',
        'nightshift service status',
        'sudo nightshift service install --system --as ada --profile home',
        'nightshift service uninstall',
      ),
    )
    .action(async (action: string, options: ServiceOptions) => {
      const [{ service }, { typistHere }] = await Promise.all([import('./service.ts'), import('./service-command.ts')]);
      end(await service(action, options, typistHere(systemClock.now())));
    });
  program
    .command('simulate')
    .exitOverride()
    .description('let the config live through days of faults in a simulated world, and report what became of it')
    .option('--config <file>', 'the config (default: nightshift.config.ts, .mts, .js or .mjs in this folder)')
    .option('--days <n>', 'how long there are faults (default: 7)')
    .option('--seed <n>', 'decides every chance there is (default: 1)')
    .option('--faults <preset>', 'calm, hostile, outage or none; or a file with fault rates (default: hostile)')
    .option('--fault <name>', 'exactly this fault, as a simulation prints it; may be given several times', added)
    .option(
      '--world <file>',
      'a file that exports services, steps and programs (what stands in for them) or invariants (what must hold)',
    )
    .option('--out <file>', 'a page with charts is written there, as in report.html')
    .option('--json', 'for machines')
    .addHelpText('after', presetHelp())
    .addHelpText('after', examples('nightshift simulate', 'nightshift simulate --days 21 --seed 4 --out report.html'))
    .action(async (options: SimulateOptions) => end(await (await import('./simulate.ts')).simulateCommand(options)));
  program
    .command('diagrams')
    .exitOverride()
    .description('write every machine, and with a config its engines, as source for Stately, JSON, Mermaid and SVG')
    .option('--config <file>', 'each of its engines is drawn as well, with its steps and hours')
    .option('--out <dir>', 'where they go; what is there is replaced', 'visualizations')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples('nightshift diagrams', 'nightshift diagrams --config nightshift.config.ts --out pictures'),
    )
    .action(async (options: DiagramsOptions) => end(await (await import('./diagrams.ts')).diagrams(options)));
  placed(program.command('check'))
    .description(
      'say whether the config is good, and what a restart would change; changes nothing, also while the service runs',
    )
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift check', 'nightshift check --config next.config.ts --json | jq .records'))
    .addHelpText('after', '\nExit codes: 0 good, 1 records would go to quarantine, 2 the config is not good.')
    .action(async (options: CheckOptions) =>
      end(await (await import('./check.ts')).checkCommand(options, systemClock.now(), keys)),
    );
  placed(program.command('reload'))
    .description(
      'have the running service go on with the config as its file is now, if that is good; wait until it has',
    )
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift reload', 'nightshift check && nightshift reload'))
    .addHelpText('after', '\nExit codes: 0 it is back, 1 it could not, 2 the config is not good.')
    .action(async (options: ReloadOptions) => end(await (await import('./reload.ts')).reload(options)));
  placed(program.command('backup [file]'))
    .description('make a proved backup of the store now, while the service works; without a file, into its folder')
    .option('--upload <command>', 'a program that takes it elsewhere; {file} is its path, {name} its name')
    .option('--upload-timeout <time>', 'when that program is ended (default: 30m)')
    .option('--no-upload', 'take it nowhere, whatever the config says')
    .option('--list', 'show those that there are')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples(
        'nightshift backup',
        'nightshift backup /mnt/usb',
        "nightshift backup --upload 'rclone copyto {file} far:nightshift/{name}'",
        'nightshift backup --list',
      ),
    )
    .action(async (file: string | undefined, options: BackupOptions) =>
      end(await (await import('./backup.ts')).backup(file, options, systemClock.now())),
    );
  placed(program.command('restore <backup>'))
    .description('put a backup in the place of the store, which is kept, and say what is not in it')
    .option('--dry-run', 'look at the backup, say what would be lost, and change nothing')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples('nightshift restore latest --dry-run', 'nightshift restore nightshift-2026-11-23T02-30-00Z.db'),
    )
    .action(async (target: string, options: RestoreOptions) =>
      end(await (await import('./restore.ts')).restore(target, options, systemClock.now(), keys)),
    );
  placed(program.command('recover'))
    .description('make a store of all that can still be read of a damaged one, which is kept, and say what is missing')
    .option('--dry-run', 'say what can be read and what is missing, and change nothing')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift recover --dry-run', 'nightshift recover'))
    .action(async (options: RecoverOptions) =>
      end(await (await import('./recover.ts')).recover(options, systemClock.now())),
    );
  placed(program.command('export [file]'))
    .description('write all state as lines of JSON; without a file, to the standard output')
    .option('--json', 'for machines: what was written')
    .addHelpText('after', examples('nightshift export state.jsonl', 'nightshift export | gzip > state.jsonl.gz'))
    .action(async (file: string | undefined, options: ExportOptions) =>
      end(await (await import('./export.ts')).exportState(file, options, systemClock.now(), version())),
    );
  addImport(program, end);
  addShadow(program, end);
  const vault = program
    .command('vault')
    .exitOverride()
    .description('the secrets in the data folder')
    .addHelpText('after', examples('nightshift vault rotate'));
  placed(vault.command('rotate'))
    .description('put every secret under a new key; with the service stopped')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift vault rotate'))
    .action(async (options: VaultOptions) =>
      end(await (await import('./vault.ts')).rotate(options, keys, systemClock.now())),
    );
  for (const [order, what, example] of orders) {
    const one = placed(program.command(`${order.name} <${order.kind}>`))
      .description(what)
      .option('--json', 'for machines')
      .addHelpText('after', examples(...example));
    if (order.name === 'isolate') one.option('--reason <text>', 'why; status shows it');
    one.action(async (target: string, options: PlaceOptions) =>
      end(await (await import('./command.ts')).command(order, target, options)),
    );
  }
  program
    .command('init')
    .description('write a commented config and an example engine into this folder; overwrites nothing')
    .option('--json', 'for machines')
    .addHelpText('after', examples('nightshift init && nightshift start'))
    .action(async (options: { json?: boolean }) => end((await import('./init.ts')).init(process.cwd(), options)));
  return program;
}

/** What each preset of faults is like. */
function presetHelp(): string {
  const width = Math.max(...Object.keys(presetWords).map((name) => name.length));
  const lines = Object.entries(presetWords).map(([name, words]) => `  ${name.padEnd(width)}  ${words}`);
  return `\nFaults:\n${lines.join('\n')}`;
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
