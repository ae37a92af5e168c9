/**
 * `service`: lets systemd or launchd keep the service running, shows how it stands, and takes it away again.
 */
import { managers, usualManager } from '../background/installed.ts';
import { oneOf } from './one-of.ts';
import type { ServiceOptions, Typist } from './service-command.ts';
import { install } from './service-install.ts';
import { logs, status } from './service-standing.ts';
import { uninstall } from './service-uninstall.ts';
import { UsageError } from './usage-error.ts';

const actions = { install, uninstall, status, logs } as const;

/** @returns the exit code */
export async function service(action: string, options: ServiceOptions, typist: Typist): Promise<number> {
  const act = actions[oneOf('service', action, Object.keys(actions) as (keyof typeof actions)[])];
  if (options.system && options.user) throw new UsageError('found both --system and --user, expected one of them.');
  // As systemctl has it: root means the machine's, all others mean their own.
  const scope = options.system || (typist.uid === 0 && !options.user) ? 'system' : 'user';
  const name = options.name ?? 'nightshift';
  if (!/^[a-z0-9][\w.-]{0,60}$/i.test(name)) {
    throw new UsageError(`--name: found '${name}', expected letters, digits, dots and hyphens, as in nightshift-2.`);
  }
  const wanted = options.manager ?? usualManager(typist.platform);
  const make = managers[oneOf('--manager', wanted, Object.keys(managers) as (keyof typeof managers)[])];
  const manager = make({ id: { name, scope }, ...typist });
  return act({ options, typist, manager, scope, name });
}
