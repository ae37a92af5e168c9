/**
 * `service install`: writes the file of the service, and has the manager start it.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { BackgroundError } from '../background/background-error.ts';
import { difference } from '../background/difference.ts';
import type { Launch } from '../background/launch.ts';
import { launchHere, preparation } from '../background/launch-here.ts';
import { withoutNote } from '../background/note.ts';
import { raisedRights } from '../background/raised-rights.ts';
import { carryOut, type Step } from '../background/steps.ts';
import { textOf } from '../persistence/file-kind.ts';
import { oneLine } from './output.ts';
import { needRoot, type ServiceCommand, type ServiceOptions } from './service-command.ts';
import { foretell, tellingOf } from './service-telling.ts';
import { wishOf } from './service-wish.ts';
import { UsageError } from './usage-error.ts';

/** @returns the exit code */
export async function install(command: ServiceCommand): Promise<number> {
  const { options, typist, manager, scope } = command;
  const launch = await launchHere(wishOf(command), typist);
  if (manager.name === 'launchd' && scope === 'system' && launch.user === null) {
    throw new UsageError('--system: found nobody whom the service is to run as, expected a user. Name one with --as.');
  }
  const text = await manager.text(launch);
  if (options.print) {
    process.stdout.write(options.json ? `${JSON.stringify({ file: manager.file, text })}\n` : text);
    return 0;
  }
  const prepared = await preparation(launch, typist.run);
  await manager.check();
  const isNew = differs(manager.file, text, options);
  const steps: Step[] = [
    ...prepared,
    ...(isNew ? [{ do: 'write', file: manager.file, text } as const] : []),
    ...(await manager.activation(isNew)),
  ];
  const tell = tellingOf(command);
  for (const line of warnings(launch)) tell.note(line);
  if (options.dryRun) return foretell(steps, tell);
  if (scope === 'system') needRoot(command, 'install');
  if (!isNew) tell.note(`${manager.file}: is as it should be`);
  await carryOut(steps, typist.run, tell, manager.advice);
  tell.note(`\n${closing(launch)}`);
  tell.end();
  return 0;
}

/** @returns whether it has to be written */
function differs(file: string, text: string, { force }: ServiceOptions): boolean {
  if (!existsSync(file)) return true;
  const present = textOf(file);
  if (present === text) return false;
  if (force) return true;
  throw new BackgroundError(
    'SERVICE_DIFFERS',
    `${file}: found one that differs, expected none or this one. With --force it is replaced. Found (-) and wanted (+):\n${difference(withoutNote(present), withoutNote(text)).map(oneLine).join('\n')}`,
  );
}

/** What will be refused to the jobs, as far as that can be seen. */
function warnings({ config, scope, user, writes }: Launch): string[] {
  const raised = raisedRights(readFileSync(config, 'utf8')).map(
    ({ program, line }) =>
      `warning: ${config}:${line}: found ${program}, which gets no rights in this unit (NoNewPrivileges=): that job will fail. Leave it where it is, or let a unit of root's do it.`,
  );
  const isMadeUp = scope === 'system' && user === null;
  const closed = isMadeUp ? writes.filter((path) => (statSync(path).mode & forAll) === 0) : [];
  return [
    ...raised,
    ...closed.map(
      (path) =>
        `warning: --write ${path}: found a folder in which the user that systemd makes up may not write. Give it to a user, and name that one with --as.`,
    ),
  ];
}

/** The right of everybody to write. */
const forAll = 0o002;

function closing({ data, scope, user }: Launch): string {
  const look = `nightshift status${scope === 'system' && user === null ? ` --data ${data}` : ''}`;
  return `It runs, and is started again whenever it ends. See: nightshift service status; ${look}`;
}
