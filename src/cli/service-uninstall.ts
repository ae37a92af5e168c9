/**
 * `service uninstall`: has the manager stop the service, and removes its file.
 */
import { BackgroundError } from '../background/background-error.ts';
import { carryOut, type Step } from '../background/steps.ts';
import { installed, needRoot, type ServiceCommand } from './service-command.ts';
import { foretell, tellingOf } from './service-telling.ts';

/** @returns the exit code */
export async function uninstall(command: ServiceCommand): Promise<number> {
  const { options, typist, manager, scope } = command;
  const { file } = manager;
  const note = installed(manager);
  if (!note.untouched && !options.force) {
    throw new BackgroundError(
      'SERVICE_NOT_OURS',
      `${file}: found changes that nightshift did not make, expected the file as it was written. With --force it is removed all the same.`,
    );
  }
  const { before, after, left } = await manager.deactivation();
  const steps: Step[] = [...before, { do: 'remove', file }, ...after];
  const tell = tellingOf(command);
  if (options.dryRun) return foretell(steps, tell);
  if (scope === 'system') needRoot(command, 'uninstall');
  await carryOut(steps, typist.run, tell, manager.advice);
  for (const line of left) tell.note(line);
  tell.note(`${note.data}: is left as it is, with the state of all jobs`);
  tell.end();
  return 0;
}
