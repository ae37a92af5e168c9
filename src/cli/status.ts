/**
 * `status`: every actor, from the running service, or from its store when it is down.
 */
import { quarantinedIn } from '../actors/quarantine.ts';
import type { ActorView, Stand } from '../dashboard/actor-view.ts';
import type { Seen } from '../dashboard/incident-view.ts';
import { recordView } from '../dashboard/record-view.ts';
import { type ActorRecord, quarantinePrefix, recordPrefix } from '../persistence/record.ts';
import { removedIn, removedPrefix } from '../persistence/removed-actors.ts';
import { readStoreFile } from '../persistence/store-reader.ts';
import { isTroubled } from '../policies/condition.ts';
import { formatDuration } from '../policies/duration.ts';
import { toldInstants } from '../policies/told-instants.ts';
import { clockOf } from '../policies/why.ts';
import type { Address, Quarantined } from '../stream.ts';
import { ask, ClientError, serviceUrl } from './client.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { storeIn } from './stored.ts';
import { table } from './table.ts';
import { withTypedPlace } from './typed-place.ts';
import { zoneIn } from './zone-in.ts';

export interface Status {
  /** The supervisor's state; `down` when it was read from the store. */
  state: string;
  /** Epoch ms. */
  at: number;
  actors: ActorView[];
  quarantine: readonly Quarantined[];
  storeError?: string;
}

export interface StatusOptions extends PlaceOptions {
  /** Those alone that are not as they should be. */
  troubled?: boolean;
  json?: boolean;
}

/** @param now epoch ms */
export async function status({ troubled, json, ...place }: StatusOptions, now: number): Promise<number> {
  const { data } = placeOf(place);
  const found = await statusOf(data, now);
  const shown = troubled ? found.actors.filter(isTroubled) : found.actors.filter(({ quiet }) => !quiet);
  if (json) console.log(JSON.stringify(troubled ? { ...found, actors: shown } : found));
  else {
    const told = shown.map((actor) => ({ ...actor, todo: actor.todo && withTypedPlace(actor.todo, place) }));
    const rows = rowsOf(troubledFirst(told), found, await zoneIn(data));
    console.log([...summary(found, data, troubled).map((line) => withTypedPlace(line, place)), ...rows].join('\n'));
  }
  return 0;
}

/** From the running service, or from its store when it is down. @param now epoch ms */
export async function statusOf(data: string, now: number): Promise<Status> {
  const url = serviceUrl(data);
  return url === undefined ? fromStore(data, now) : fromService(url);
}

async function fromService(url: string): Promise<Status> {
  const { status, body } = await ask(`${url}/api/actors`);
  if (status === 200) return body as Status;
  const { error = 'without a reason' } = body as { error?: string };
  throw new ClientError(
    'SERVICE_BROKEN',
    `${url}: found the answer ${status} (${oneLine(error)}), expected 200. Look at its log.`,
  );
}

/** Every actor with a record that can be read. @throws {ClientError} `STORE_MISSING` */
export function recordedActors(data: string): Seen[] {
  return readStoreFile(storeIn(data), recordPrefix).flatMap(({ key, json }) => {
    try {
      const { state, halted } = JSON.parse(json) as ActorRecord;
      const stand = state as unknown as Partial<Stand> | null;
      return stand?.context && stand.timers ? { address: addressIn(key), stand: stand as Stand, halted } : [];
    } catch {
      return [];
    }
  });
}

function addressIn(key: string): Address {
  return key.slice(recordPrefix.length) as Address;
}

async function fromStore(data: string, now: number): Promise<Status> {
  const file = storeIn(data);
  // Their records are kept for a while, and nothing comes of what these wait for.
  const removed = new Set(
    readStoreFile(file, removedPrefix).flatMap((row) => removedIn(row).map((one) => one.address)),
  );
  const actors = readStoreFile(file, recordPrefix).flatMap(({ key, json }) =>
    removed.has(addressIn(key)) ? [] : [recordView(addressIn(key), json)],
  );
  const quarantine = readStoreFile(file, quarantinePrefix).map((row) => {
    const { address, at, reason, key } = quarantinedIn(row);
    return { address, at, reason, key };
  });
  return { state: 'down', at: now, actors, quarantine };
}

function summary({ state, actors, storeError }: Status, data: string, areTroubledAlone = false): string[] {
  const engines = actors.filter(({ kind }) => kind === 'engine');
  return [
    state === 'down' ? `The service is down; this is what its store in ${data} says.` : `The service is ${state}.`,
    ...(storeError ? [`The store takes no writes, and nothing begins until it does: ${storeError}`] : []),
    ...enginesLine(engines, { areTroubledAlone, areHeldUp: Boolean(storeError), isDown: state === 'down' }),
    ...pausedLine(engines),
    ...incidentLine(actors),
  ];
}

function rowsOf(shown: readonly ActorView[], { at, quarantine }: Status, timeZone: string): string[] {
  const time = clockOf({ timeZone, now: at });
  const rows = shown.map((actor) => [
    `${actor.kind}/${actor.id}`,
    actor.state,
    actor.wakesAt === null ? waitsFor(actor) : until(actor.wakesAt, at),
    lastRun(actor, at),
    toldInstants([expiry(actor, at), actor.reason, actor.todo].filter(Boolean).join(' -> '), time),
  ]);
  const lines = rows.length > 0 ? ['', table(['ACTOR', 'STATE', 'NEXT', 'LAST RUN', 'REASON'], rows)] : [];
  return [
    ...lines,
    ...quarantine.flatMap(({ address, reason }) => ['', oneLine(`In quarantine: ${address}: ${reason}`)]),
  ];
}

const namedMax = 5;

/** Which of them are not all right, or were not when the service ended: the first of them by name. */
function enginesLine(
  engines: readonly ActorView[],
  { areTroubledAlone, areHeldUp, isDown }: { areTroubledAlone: boolean; areHeldUp: boolean; isDown: boolean },
): string[] {
  const troubled = engines.filter(isTroubled);
  if (engines.length === 0) return [];
  const [is, are] = isDown ? ['was', 'were'] : ['is', 'are'];
  const all = engines.length === 1 ? `The engine ${is}` : `All ${engines.length} engines ${are}`;
  if (troubled.length === 0) return areHeldUp ? [] : [`${all} all right.`];
  const named = troubledFirst(troubled)
    .slice(0, namedMax)
    .map(({ id, state }) => `${id} (${state === 'idle' ? 'failed' : state})`);
  const more = troubled.length - namedMax;
  const where = areTroubledAlone ? '.' : ': nightshift status --troubled';
  const rest = more > 0 ? `, and ${more} more${where}` : '.';
  const were = troubled.length === 1 ? is : are;
  return [oneLine(`${troubled.length} of ${engines.length} engines ${were} not all right: ${named.join(', ')}${rest}`)];
}

/** Who is paused is as somebody wanted it, and nobody is told of it any more: it may have been forgotten. */
function pausedLine(engines: readonly ActorView[]): string[] {
  const paused = engines.filter(({ condition }) => condition === 'paused').map(({ id }) => id);
  if (paused.length === 0) return [];
  const more = paused.length - namedMax;
  return [oneLine(`Paused by hand: ${paused.slice(0, namedMax).join(', ')}${more > 0 ? `, and ${more} more` : ''}.`)];
}

function incidentLine(actors: readonly ActorView[]): string[] {
  const standing = actors.filter(({ incident }) => incident);
  if (standing.length === 0) return [];
  const count = standing.length === 1 ? '1 incident stands' : `${standing.length} incidents stand`;
  return [`${count}: nightshift incidents`];
}

/** Who needs a person, then who fails, then who waits for something that is down; all others as they were. */
function troubledFirst(actors: readonly ActorView[]): ActorView[] {
  return actors.toSorted((one, other) => urgency(one) - urgency(other));
}

function urgency(actor: ActorView): number {
  if (!isTroubled(actor)) return 3;
  if (actor.todo !== null || actor.condition === 'needsYou') return 0;
  return actor.condition === 'failing' ? 1 : 2;
}

/** Until when a token is good. */
function expiry({ expiresAt = null }: ActorView, now: number): string {
  if (expiresAt === null) return '';
  const time = new Date(expiresAt).toISOString();
  return expiresAt > now
    ? `expires ${until(expiresAt, now)}, at ${time}`
    : `expired ${ago(expiresAt, now)}, at ${time}`;
}

function lastRun({ lastRun }: ActorView, now: number) {
  if (!lastRun) return '';
  const marks = [lastRun.result, ...(['degraded', 'odd', 'abandoned'] as const).filter((mark) => lastRun[mark])];
  return `${marks.join(', ')} ${ago(lastRun.endedAt, now)}`;
}

function waitsFor({ waitsFor }: ActorView) {
  return waitsFor.length > 0 ? `waits for ${waitsFor.join(', ')}` : '';
}

function until(at: number, now: number) {
  const ms = roughly(at - now);
  return ms <= 0 ? 'now' : `in ${formatDuration(ms)}`;
}

function ago(at: number, now: number) {
  const ms = roughly(now - at);
  return ms <= 0 ? 'just now' : `${formatDuration(ms)} ago`;
}

/** Seconds below two hours, minutes above. */
function roughly(ms: number) {
  const unit = ms < 7_200_000 ? 1_000 : 60_000;
  return Math.round(ms / unit) * unit;
}
