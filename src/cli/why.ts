/**
 * `why`: what became of a due time of an engine, or what it does now, in one sentence. It reads the store alone, so that it answers
 * whether the service runs or not.
 */
import { nearest } from '../config/nearest.ts';
import type { ActorView } from '../dashboard/actor-view.ts';
import { recordView } from '../dashboard/record-view.ts';
import { type LedgerEntry, ledgerEntry, ledgerPages } from '../persistence/ledger.ts';
import { type ActorRecord, recordKey, recordPrefix } from '../persistence/record.ts';
import type { StoreReader } from '../persistence/store.ts';
import type { EngineContext } from '../policies/engine.ts';
import { namedTime } from '../policies/named-time.ts';
import { type WhyFacts, whyNow, whyThen } from '../policies/why.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { stored } from './stored.ts';
import { UsageError } from './usage-error.ts';

export interface WhyOptions extends PlaceOptions {
  json?: boolean;
}

/**
 * @param time as in `03:00` or `2026-11-23 03:00`, where the engine's schedule is; without it, now
 * @param now epoch ms
 */
export async function why(
  engine: string,
  time: string | undefined,
  { json, ...place }: WhyOptions,
  now: number,
): Promise<number> {
  const { facts, view } = await stored(placeOf(place).data, (reader) => factsOf(reader, engine, now));
  const sentence = oneLine(time === undefined ? whyNow(view, facts) : whyThen(spanOf(time, facts), facts));
  console.log(json ? JSON.stringify({ engine, at: now, why: sentence, state: view.state, todo: view.todo }) : sentence);
  return 0;
}

function spanOf(time: string, { timeZone, now }: WhyFacts) {
  const span = namedTime(time, timeZone, now);
  if (span) return span;
  throw new UsageError(`${time}: found no time, expected one such as 03:00 or '2026-11-23 03:00', in ${timeZone}.`);
}

async function factsOf(reader: StoreReader, engine: string, now: number) {
  const address = `engine/${engine.replace(/^engine\//, '')}`;
  const key = recordKey(address);
  const [row] = reader.range(key, `${key}\0`, 1);
  if (!row) throw unknown(reader, engine);
  const view: ActorView = recordView(address, row.json);
  const context = contextIn(row.json);
  const { schedule } = context?.settings ?? {};
  const timeZone = schedule?.kind === 'cron' ? schedule.timeZone : Intl.DateTimeFormat().resolvedOptions().timeZone;
  const entries: LedgerEntry[] = [];
  for await (const rows of ledgerPages({ range: async (...args) => reader.range(...args) }, address, 0, now + 1)) {
    entries.push(...rows.flatMap((each) => ledgerEntry(each) ?? []));
  }
  const facts: WhyFacts = { engine: view.id, entries, context, timeZone, now };
  return { facts, view };
}

function contextIn(json: string): EngineContext | null {
  try {
    const { context } = (JSON.parse(json) as ActorRecord).state as unknown as { context: EngineContext };
    return context.settings ? context : null;
  } catch {
    return null;
  }
}

function unknown(reader: StoreReader, engine: string) {
  const prefix = recordKey('engine/');
  const known = reader
    .range(prefix, `${prefix}\u{10ffff}`)
    .map(({ key }) => key.slice(recordPrefix.length + 'engine/'.length));
  const near = nearest(engine, known);
  return new UsageError(
    `${engine}: found no such engine, expected one that nightshift status shows.${near ? ` Did you mean ${near}?` : ''}`,
  );
}
