/**
 * Records: what one actor is on disk.
 *
 * A record carries the name and version of its chart. An older one is migrated, step by step; one that is
 * newer than this program, of another chart, or no record at all is refused with a reason, and whoever
 * reads it moves it to quarantine.
 */
import { NightshiftError } from '../errors.ts';
import type { Json } from '../json.ts';

/** What is kept of one actor. `state` is the chart's own business. */
export interface ActorRecord {
  machine: string;
  version: number;
  /** A digest of the settings the state was worked out with. */
  settings: string;
  state: Json;
  /** When transitions of this actor threw, epoch ms, as many as the restart budget looks at. */
  crashes: number[];
  /** Set when the actor broke too often: it takes no events until a person resets it. */
  halted: { at: number; reason: string } | null;
}

/** Turns records of version n into records of version n + 1, by n. */
export type Migrations = Readonly<Record<number, (state: Json) => Json>>;

/** A record that cannot be used: `RECORD_UNREADABLE`, `RECORD_NEWER`, `RECORD_FOREIGN` or `RECORD_UNMIGRATED`. */
export class RecordError extends NightshiftError {}

export const recordKey = (address: string): string => `actor:${address}`;
export const recordPrefix = 'actor:';
/** Of the rows of records that could not be used, and were put aside. */
export const quarantinePrefix = 'quarantine:';

/**
 * Reads a record and brings it up to date.
 *
 * @param json as found in the store
 * @param chart the chart that is to go on from it
 * @throws {RecordError} saying what was found and what was expected
 */
export function readRecord(
  json: string,
  chart: { machine: string; version: number; migrations?: Migrations },
): ActorRecord {
  const record = parse(json);
  if (record.machine !== chart.machine) {
    throw new RecordError(
      'RECORD_FOREIGN',
      `found a record of the machine '${record.machine}', expected '${chart.machine}'.`,
    );
  }
  if (record.version > chart.version) {
    throw new RecordError(
      'RECORD_NEWER',
      `found version ${record.version} of '${chart.machine}', expected at most ${chart.version}. Run the newer nightshift that wrote it.`,
    );
  }
  let state = record.state;
  for (let version = record.version; version < chart.version; version++) {
    const migrate = chart.migrations?.[version];
    if (!migrate) {
      throw new RecordError(
        'RECORD_UNMIGRATED',
        `found version ${record.version} of '${chart.machine}', expected ${chart.version}, and nothing leads on from ${version}.`,
      );
    }
    state = migrated(migrate, state, chart.machine, version);
  }
  return { ...record, version: chart.version, state };
}

function migrated(migrate: (state: Json) => Json, state: Json, machine: string, version: number) {
  try {
    return migrate(state);
  } catch (error) {
    throw new RecordError(
      'RECORD_UNMIGRATED',
      `version ${version} of '${machine}' could not be migrated: ${String(error)}`,
      { cause: error },
    );
  }
}

function parse(json: string): ActorRecord {
  let found: Partial<ActorRecord> | null;
  try {
    found = JSON.parse(json) as Partial<ActorRecord> | null;
  } catch (error) {
    throw new RecordError('RECORD_UNREADABLE', `found ${excerpt(json)}, expected JSON.`, { cause: error });
  }
  const { machine, version, settings, state, crashes = [], halted = null } = found ?? {};
  const whole =
    typeof machine === 'string' &&
    Number.isInteger(version) &&
    typeof settings === 'string' &&
    isObject(state) &&
    Array.isArray(crashes) &&
    crashes.every(Number.isFinite) &&
    (halted === null || (isObject(halted) && typeof halted.reason === 'string'));
  if (!whole) {
    throw new RecordError(
      'RECORD_UNREADABLE',
      `found ${excerpt(json)}, expected an object with machine, version, settings, state, crashes and halted.`,
    );
  }
  return { machine, version: version as number, settings, state: state as Json, crashes, halted };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function excerpt(json: string) {
  if (json === '') return 'nothing';
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
