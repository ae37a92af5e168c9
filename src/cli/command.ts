/**
 * `trigger`, `pause`, `resume`, `reset`, `isolate`, `ack`: one event to one actor.
 */
import { systemClock } from '../clock.ts';
import { toldInstants } from '../policies/told-instants.ts';
import { clockOf } from '../policies/why.ts';
import { type Answer, sendCommand } from './client.ts';
import { oneLine } from './output.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { withTypedPlace } from './typed-place.ts';
import { unknownName } from './unknown-name.ts';
import { UsageError } from './usage-error.ts';
import { zoneIn } from './zone-in.ts';

/** What a command sends, and to which kind of actors; `reset` also puts back whatever was given up. */
export interface Order {
  name: string;
  kind: 'engine' | 'breaker' | 'incident';
  event: string;
  /** An actor that the host gave up is put back first. */
  putsBack: boolean;
}

const putBack = 'actor.reset';

/** What puts an actor of another kind than breakers back. */
function resetOf(address: string): string {
  if (address.startsWith('quota/')) return 'quota.reset';
  return address.startsWith('token/') ? 'token.provided' : putBack;
}

/**
 * Sends the event and says what became of it.
 *
 * @param target a name, or a whole address as `status` shows it
 * @returns the exit code
 * @throws {UsageError} when there is no such actor, or it is not of the command's kind
 */
export async function command(
  order: Order,
  target: string,
  options: PlaceOptions & { json?: boolean; reason?: string },
): Promise<number> {
  const address = target.includes('/') ? target : `${order.kind}/${target}`;
  const ofKind = address.startsWith(`${order.kind}/`);
  if (!ofKind && order.name !== 'reset') {
    throw new UsageError(
      `${target}: found a whole address, expected ${order.kind === 'breaker' ? 'a' : 'an'} ${order.kind}'s, as in ${order.kind}/hello.`,
    );
  }
  const { data } = placeOf(options);
  const answer = await given(data, address, ofKind ? order.event : resetOf(address), order.putsBack, options.reason);
  if (answer.status === 404) throw unknownName(target, order.kind, answer.body.near);
  const { taken, state, message, error } = answer.body;
  if (options.json) console.log(JSON.stringify(answer.body));
  else if (taken) console.log(`${address}: ${state}`);
  else {
    const why = commandsIn(message) ?? error ?? `${address}: found the answer ${answer.status}, expected 200.`;
    const time = clockOf({ timeZone: await zoneIn(data), now: systemClock.now() });
    console.error(withTypedPlace(toldInstants(oneLine(why), time), options));
  }
  return taken ? 0 : 1;
}

async function given(
  data: string,
  address: string,
  event: string,
  putsBack: boolean,
  reason?: string,
): Promise<Answer> {
  const first = await sendCommand(data, address, event, reason);
  if (!putsBack || first.status !== 409 || !first.body.givenUp) return first;
  const back = await sendCommand(data, address, putBack);
  if (!back.body.taken || event === putBack) return back;
  // It stands where it stood when it was given up: paused or open, perhaps, where the event has its own effect.
  const again = await sendCommand(data, address, event);
  return again.body.taken ? again : back;
}

/** The interface names events; whoever types a command wants the command. */
function commandsIn(message: string | undefined): string | undefined {
  return message
    ?.replaceAll(/\b(?:engine|breaker)\.(trigger|pause|resume|reset|isolate)\b/g, '`nightshift $1`')
    .replaceAll('incident.acknowledge', '`nightshift ack`');
}
