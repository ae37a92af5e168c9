/**
 * Looking back: what several faults ask of the history that came after them.
 */
import type { WorldRequest } from '../world/network.ts';
import type { Aftermath } from './fault.ts';

/** The key by which a service knows a call that is made again. */
const keyHeader = 'idempotency-key';

/** Whoever asks again for the same thing sends the same idempotency key. */
export function sameKeyAgain({ injection, since, events }: Aftermath): string | undefined {
  const request = requestOf({ injection, since, events });
  const key = request?.headers.get(keyHeader);
  if (!request?.place || !key) return undefined;
  const again = since.flatMap((event) =>
    event.type === 'call.sent' && isSameCall(event.request, request) ? [event.request] : [],
  );
  if (again.length === 0 || again.some(({ headers }) => headers.get(keyHeader) === key)) return undefined;
  return `${request.method} ${request.url.pathname} was sent to ${request.service} again with the key ${again[0]?.headers.get(keyHeader)}, and not with ${key}`;
}

/** Some engine that was at work has ended a run since. */
export function runsEnd({ since }: Aftermath): string | undefined {
  const isOver = since.some((event) => event.type === 'ledger' && 'run' in event.entry);
  return isOver ? undefined : 'no run has ended since';
}

/** A person has heard of a cause since that begins so. */
export function toldPerson(cause: string): (aftermath: Aftermath) => string | undefined {
  return ({ since }) =>
    since.some((event) => event.type === 'alert' && event.kind === 'opened' && event.cause.startsWith(cause))
      ? undefined
      : `nobody was told of a ${cause}`;
}

/** The request that the fault happened to. */
function requestOf({ injection, events }: Aftermath): WorldRequest | undefined {
  if (!('call' in injection)) return undefined;
  const { service, nth } = injection.call;
  for (const event of events) {
    if (event.type === 'call.sent' && event.request.service === service && event.request.nth === nth)
      return event.request;
  }
  return undefined;
}

function isSameCall(one: WorldRequest, other: WorldRequest): boolean {
  return (
    one.number !== other.number &&
    one.service === other.service &&
    one.method === other.method &&
    one.url.href === other.url.href &&
    one.place?.run === other.place?.run &&
    one.place?.step === other.place?.step
  );
}
