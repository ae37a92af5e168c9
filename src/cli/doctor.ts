/**
 * `doctor`: looks at everything that the service needs, and says of each thing that is not as it should be which command mends it.
 */
import { installedFor } from '../background/installed.ts';
import { systemClock } from '../clock.ts';
import type { AtWork } from '../doctor/at-work.ts';
import type { Kept } from '../doctor/background.ts';
import { checkUp } from '../doctor/check-up.ts';
import type { Finding, Severity } from '../doctor/finding.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { lockOwner } from '../persistence/lock.ts';
import type { KeyPlaces } from '../persistence/vault-key.ts';
import { isFollowed } from '../shadow/following.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { typistHere } from './service-command.ts';
import { statusOf } from './status.ts';
import { withTypedPlace } from './typed-place.ts';

export interface DoctorOptions extends PlaceOptions {
  json?: boolean;
}

const marks: Record<Severity, string> = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' };

/**
 * @param keys what the environment said of the vault's key
 * @returns the exit code: 1 when there is a problem; warnings are none
 */
export async function doctor({ json, ...options }: DoctorOptions, keys: KeyPlaces): Promise<number> {
  const place = placeOf(options);
  const { data } = place;
  const all = await checkUp({
    ...place,
    env: process.env,
    keys,
    clock: systemClock,
    atWork: () => atWork(data),
    kept: () => kept(data),
  });
  const found = all.map((each) => ({ ...each, ...(each.fix && { fix: withTypedPlace(each.fix, options) }) }));
  console.log(json ? JSON.stringify({ at: systemClock.now(), findings: found }) : readable(found));
  return found.some(({ severity }) => severity === 'problem') ? 1 : 0;
}

async function atWork(data: string): Promise<AtWork> {
  const owner = lockOwner(dataDirAt(data).lock);
  if (owner === null) return { owner, state: null };
  if (isFollowed(data, owner.pid)) return { owner, state: 'shadow' };
  try {
    return { owner, state: (await statusOf(data, systemClock.now())).state };
  } catch (error) {
    return { owner, state: null, silence: (error as Error).message };
  }
}

/** How each service stands that is there for the data folder. */
function kept(data: string): Promise<Kept[]> {
  const found = installedFor(data, typistHere(systemClock.now()));
  return Promise.all(found.map(async (each) => ({ ...each, standing: await each.manager.standing() })));
}

function readable(found: readonly Finding[]): string {
  const width = Math.max(...found.map(({ check }) => check.length));
  const indent = ' '.repeat(marks.ok.length + width + 4);
  const lines = found.flatMap(({ check, severity, what, fix }) => [
    `${marks[severity]}  ${check.padEnd(width)}  ${oneLine(what)}`,
    ...(fix ? [`${indent}-> ${oneLine(fix)}`] : []),
  ]);
  return [...lines, '', summary(found)].join('\n');
}

function summary(found: readonly Finding[]): string {
  const count = (severity: Severity) => found.filter((each) => each.severity === severity).length;
  const [problems, warnings] = [count('problem'), count('warning')];
  if (problems + warnings === 0) return 'All is well.';
  return `${problems} ${problems === 1 ? 'problem' : 'problems'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`;
}
