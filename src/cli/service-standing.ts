/**
 * `service status` and `service logs`: how the service stands, to its manager and to itself, and what it has written.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BackgroundError } from '../background/background-error.ts';
import type { Manager, Standing } from '../background/manager.ts';
import { NightshiftError } from '../errors.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { lockOwner } from '../persistence/lock.ts';
import { oneLine } from './output.ts';
import { placeOf } from './place.ts';
import { installed, type ServiceCommand } from './service-command.ts';
import { statusOf } from './status.ts';
import { UsageError } from './usage-error.ts';

/** @returns the exit code */
export async function status({ options, typist, manager, scope, name }: ServiceCommand): Promise<number> {
  const note = installed(manager);
  const standing = await manager.standing();
  const data = options.data === undefined ? note.data : placeOf(options).data;
  const own = await statusOf(data, typist.now).catch((error: unknown) => {
    if (error instanceof NightshiftError) return error;
    throw error;
  });
  const isBroken = own instanceof NightshiftError;
  if (options.json) {
    const { config, profile, untouched } = note;
    const found = isBroken ? { error: own.message, code: own.code } : { state: own.state, actors: own.actors.length };
    const { file, name: keeper } = manager;
    console.log(
      JSON.stringify({
        name,
        scope,
        manager: keeper,
        file,
        config,
        data,
        profile,
        untouched,
        ...standing,
        service: found,
      }),
    );
    return 0;
  }
  const lines = [
    `${name} (${scope}): ${standing.state}${standing.isEnabled ? '' : ', not enabled: it does not start by itself'}`,
    ...told(standing),
    `${manager.file}: profile ${note.profile}${note.untouched ? '' : ', changed since it was written'}`,
    ...standing.dropIns.map((file) => `${file}: changes it`),
    isBroken
      ? own.message
      : `The service is ${own.state}: ${own.actors.length} actors in ${data}. See: nightshift status`,
    ...stranger(manager, standing, data),
  ];
  console.log(lines.map(oneLine).join('\n'));
  return 0;
}

function told({ pid, restarts, says }: Standing): string[] {
  const facts = [
    ...(pid === null ? [] : [`process ${pid}`]),
    ...(restarts ? [`started again ${restarts === 1 ? 'once' : `${restarts} times`}`] : []),
    ...(says === null ? [] : [`says: ${says}`]),
  ];
  return facts.length > 0 ? [facts.join(', ')] : [];
}

/** Somebody else holds the data folder: the service could not start there. */
function stranger({ name }: Manager, { pid }: Standing, data: string): string[] {
  const owner = lockOwner(dataDirAt(data).lock);
  // launchd knows the warden alone.
  if (owner === null || owner.pid === null || owner.pid === pid || (name === 'launchd' && pid !== null)) return [];
  return [`Process ${owner.pid} holds the data folder, and is not this service's: end it, and the service takes over.`];
}

/** @returns the exit code */
export async function logs({ options, manager }: ServiceCommand): Promise<number> {
  const { lines, follow = false, json = false } = options;
  if (lines !== undefined && !/^\d{1,9}$/.test(lines)) {
    throw new UsageError(`--lines: found '${lines}', expected a number of lines.`);
  }
  if (json && manager.name === 'launchd')
    throw new UsageError(
      '--json: found it for launchd, which keeps lines of text. The log itself: nightshift logs --json',
    );
  installed(manager);
  const [program, ...args] = manager.logs({ follow, lines, json });
  const child = spawn(program, args, { stdio: 'inherit' });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code === 0 ? 0 : 1;
  } catch (cause) {
    throw new BackgroundError('SERVICE_NO_MANAGER', `${program}: found no such program, expected the system's own.`, {
      cause,
    });
  }
}
