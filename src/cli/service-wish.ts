/**
 * The options of `service install` as a wish: checked, and with absolute paths.
 */
import { resolve } from 'node:path';
import { type Credential, credentialIds, type Profile } from '../background/launch.ts';
import type { Wish } from '../background/launch-here.ts';
import { oneOf } from './one-of.ts';
import { placeOf } from './place.ts';
import type { ServiceCommand, ServiceOptions } from './service-command.ts';
import { UsageError } from './usage-error.ts';

const profiles: readonly Profile[] = ['strict', 'home'];

/** @throws {UsageError} */
export function wishOf({ options, scope, name, manager }: ServiceCommand): Wish {
  const { as, read = [], write = [], envFile, credential = [], port, data } = options;
  if (as !== undefined && scope === 'user') {
    throw new UsageError(
      "--as: found it for a service of your own, which runs as you. With --system it is the machine's.",
    );
  }
  if (manager.name === 'launchd') refuseOnLaunchd(options);
  const place = placeOf(options);
  return {
    ...{ name, scope, as, port, config: place.config },
    profile: oneOf('--profile', options.profile ?? 'strict', profiles),
    data: data === undefined ? undefined : place.data,
    reads: read.map((path) => resolve(path)),
    writes: write.map((path) => resolve(path)),
    envFile: envFile === undefined ? undefined : resolve(envFile),
    credentials: credential.map(credentialIn),
  };
}

function refuseOnLaunchd({ profile, read, write, credential }: ServiceOptions) {
  const given = Object.entries({ profile, read, write, credential }).find(([, value]) => value !== undefined)?.[0];
  if (given === undefined) return;
  throw new UsageError(
    `--${given}: found it for launchd, which keeps nothing from a service and lends it nothing. Secrets go into --env-file.`,
  );
}

/** `nightshift-key:PATH` */
function credentialIn(text: string): Credential {
  const at = text.indexOf(':');
  if (at < 0)
    throw new UsageError(
      `--credential: found '${text}', expected a name and a file, as in nightshift-key:/etc/nightshift.key.`,
    );
  return { id: oneOf('--credential', text.slice(0, at), credentialIds), path: resolve(text.slice(at + 1)) };
}
