/**
 * Whether the store is whole, and what in it waits for a person.
 */
import { lstatSync, statSync } from 'node:fs';
import type { ActorView } from '../dashboard/actor-view.ts';
import { recordView } from '../dashboard/record-view.ts';
import { backupsIn } from '../persistence/backup-folder.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { quarantinePrefix, recordPrefix } from '../persistence/record.ts';
import { troubleWith } from '../persistence/store-damage.ts';
import { changedRows, readStoreFile } from '../persistence/store-reader.ts';
import { type Finding, findings } from './finding.ts';

const store = findings('store');
const tokens = findings('tokens');
const engines = findings('engines');

/** What the store says, whoever else has it open. */
export function checkStore(data: string): { found: Finding[]; actors: ActorView[] } {
  const file = dataDirAt(data).store;
  if (!isThere(file)) return { found: [missed('not there', data) ?? notYet(file)], actors: [] };
  const trouble = troubleWith(file);
  if (trouble) return { found: [store.problem(trouble.what, trouble.fix)], actors: [] };
  const actors = readStoreFile(file, recordPrefix).map(({ key, json }) =>
    recordView(key.slice(recordPrefix.length), json),
  );
  const quarantined = readStoreFile(file, quarantinePrefix).length;
  return {
    found: [
      changed(file) ??
        (isEmpty(file) ? missed('empty', data) : undefined) ??
        store.ok(`${file} is whole; records: ${actors.length}`),
      ...(quarantined === 0 ? [] : [store.warning(`records in quarantine: ${quarantined}`, 'nightshift status')]),
    ],
    actors,
  };
}

function changed(file: string): Finding | undefined {
  const [first, ...others] = changedRows(file);
  if (first === undefined) return undefined;
  const which =
    others.length === 0 ? 'not as it was written' : `and ${others.length} more rows not as they were written`;
  return store.problem(`${file}: found ${first} ${which}, expected what its sum says`, 'nightshift recover');
}

/** Beside a key or a backup there was one before: a start begins everything afresh. */
function missed(how: 'not there' | 'empty', data: string): Finding | undefined {
  const { store: file, vaultKey, backups } = dataDirAt(data);
  const trace = isThere(vaultKey) ? vaultKey : backupsIn(backups)[0]?.file;
  if (trace === undefined) return undefined;
  const found = how === 'empty' ? `${file} is empty, and ${trace} is there` : `${file} is not there, and ${trace} is`;
  const what = `${found}: if there was something in it, a start would begin all of it afresh`;
  return store.warning(what, 'nightshift restore latest');
}

function notYet(file: string): Finding {
  return store.ok(`${file} is not there yet: the first start makes it`);
}

/** As what a disk that was full, or a file system that was mended, leaves of a file. What was written last may stand in the log beside it. */
function isEmpty(file: string): boolean {
  return [file, `${file}-wal`].every((each) => (statSync(each, { throwIfNoEntry: false })?.size ?? 0) === 0);
}

/** What lies behind a closed door is there. */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** Tokens and engines that stand still until a person acts. */
export function checkActors(actors: readonly ActorView[]): Finding[] {
  const stuck = actors.flatMap((actor) =>
    actor.todo !== null && (actor.kind === 'token' || actor.kind === 'engine') ? [{ ...actor, todo: actor.todo }] : [],
  );
  const told = stuck.map(({ kind, id, state, reason, todo }) => {
    const what = `${kind}/${id} is ${state}${reason === null ? '' : `: ${reason}`}`;
    // Somebody wanted it so.
    if (state === 'paused') return engines.warning(what, todo);
    return (kind === 'token' ? tokens : engines).problem(what, todo);
  });
  const count = (kind: string) => actors.filter((actor) => actor.kind === kind).length;
  const isWell = (kind: string) => count(kind) > 0 && !stuck.some((actor) => actor.kind === kind);
  return [
    ...told,
    ...(isWell('token') ? [tokens.ok('none waits for a person')] : []),
    ...(isWell('engine') ? [engines.ok('none waits for a person')] : []),
  ];
}
