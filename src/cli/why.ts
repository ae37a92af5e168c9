/**
 * `why`: what became of a due time of an engine, or what it does now, in one sentence. It reads the store alone, so that it answers
 * whether the service runs or not.
 */
import type { ActorView } from '../dashboard/actor-view.ts';
import { recordView } from '../dashboard/record-view.ts';
import type { StoreReader } from '../persistence/store-reader.ts';
import { namedTime } from '../policies/named-time.ts';
import { toldInstants } from '../policies/told-instants.ts';
import { clockOf, type WhyFacts, whyNow, whyThen } from '../policies/why.ts';
import type { Address } from '../stream.ts';
import { downText, isServiceDown } from './client.ts';
import { enginePast, recordOf } from './engine-past.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { stored } from './stored.ts';
import { withTypedPlace } from './typed-place.ts';
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
  const { data } = placeOf(place);
  const { facts, view, awaited } = await stored(data, (reader) => factsOf(reader, engine, now));
  const found = time === undefined ? whyNow(view, facts, awaited) : whyThen(spanOf(time, facts), facts);
  const sentence = toldInstants(oneLine(found), clockOf(facts));
  const isDown = isServiceDown(data);
  const { state, todo } = view;
  if (json) console.log(JSON.stringify({ engine, at: now, why: sentence, state, todo, isDown }));
  else console.log(withTypedPlace(isDown ? `${sentence} ${downText}` : sentence, place));
  return 0;
}

function spanOf(time: string, { timeZone, now }: WhyFacts) {
  const span = namedTime(time, timeZone, now);
  if (span) return span;
  throw new UsageError(`${time}: found no time, expected one such as 03:00 or '2026-11-23 03:00', in ${timeZone}.`);
}

async function factsOf(reader: StoreReader, engine: string, now: number) {
  const { address, record, context, removedAt, timeZone, entries, upsets } = await enginePast(reader, engine, now);
  const view: ActorView = recordView(address, record);
  const facts: WhyFacts = { engine: view.id, entries, upsets, context, removedAt, timeZone, now };
  const awaited = view.waitsFor.flatMap((other) => {
    const found = recordOf(reader, other);
    return found === undefined ? [] : [recordView(other as Address, found)];
  });
  return { facts, view, awaited };
}
