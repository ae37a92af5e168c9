/**
 * A person hears of what has changed, and of nothing else: one message for each opening, each turn for the worse, each reminder that
 * is due, and the end; and each of them once.
 *
 * The same message may come again when the process died, or its answer got lost, before anybody could note that it was taken.
 */
import { placeKey } from '../../actors/effects/step-place.ts';
import type { AlertKind, IncidentContext } from '../../machines/incident.ts';
import { type ActorRecord, recordKey } from '../../persistence/record.ts';
import { stateName } from '../../policies/state-name.ts';
import type { CommittedTransition } from '../../stream.ts';
import type { Exchange, WorldRequest } from '../world/network.ts';
import type { Invariant } from './invariant.ts';

const recordPrefix = recordKey('incident/');
const servicePrefix = 'alert-';
/** An end that nobody could be told of for so long is not told any more: as the incident's own chart has it. */
const oldNewsMs = 86_400_000;

/** Where an incident stands, as far as the disk knows. */
interface Known {
  occurrence: number;
  message: number;
  kind: AlertKind;
  /** Reminders since somebody was last told of something new. */
  reminders: number;
  severity: string;
  isResolved: boolean;
  told: readonly string[];
  /** When the present message came to be, by the wall and in truth, epoch ms. */
  wallAt: number;
  trueAt: number;
  /** Keys whose answer was heard, by the process that heard it. */
  heard: Map<string, number>;
}

export const alertsOfChanges: Invariant = {
  name: 'alerts of changes',
  claim: 'nobody gets more alerts than there are changes, nor any for what is over except that it is',
  watch(world, broken) {
    const incidents = new Map<string, Known>();
    /** Causes whose incident was written, and nobody has heard yet what. */
    const untold = new Set<string>();
    const { remindMs } = world.config.alerts.settings;

    const change = ({ address, snapshot, event, at }: CommittedTransition, trueAt: number) => {
      const cause = address.slice('incident/'.length);
      const context = snapshot.context as unknown as IncidentContext;
      const before = incidents.get(cause);
      const now = knownOf(context, snapshot.value, at, trueAt);
      incidents.set(cause, now);
      untold.delete(cause);
      if (now.isResolved && before?.isResolved === false) {
        const deaf = context.informed.filter((channel) => context.kind !== 'resolved' || !now.told.includes(channel));
        const isOldNews = at - (context.endedAt ?? at) >= oldNewsMs;
        if (deaf.length > 0 && !isOldNews)
          broken(`${cause}: ${deaf.join(', ')} was told of it, and never that it is over`);
      }
      if (!before) return;
      if (before.occurrence === now.occurrence && before.message === now.message) {
        if (before.kind !== now.kind)
          broken(`${cause}: its message ${now.message} was '${before.kind}' and is '${now.kind}'`);
        now.wallAt = before.wallAt;
        now.trueAt = before.trueAt;
        now.heard = before.heard;
        now.reminders = before.reminders;
        return;
      }
      now.reminders = now.kind === 'reminder' ? before.reminders + 1 : 0;
      const why = undeserved(before, now, event, remindMs);
      if (why !== undefined) broken(`${cause}: its message ${now.message}, '${now.kind}', is one too many: ${why}`);
    };

    const send = (request: WorldRequest, life: number) => {
      const channel = request.service.slice(servicePrefix.length);
      const { kind, cause } = JSON.parse(request.body) as { kind: AlertKind; cause: string };
      const key = request.headers.get('idempotency-key') ?? '';
      const known = incidents.get(cause);
      const name = `the alert '${kind}' of ${cause} to ${channel}`;
      if (!known) return broken(`${name} is of an incident that nobody knows`);
      if (known.isResolved) return broken(`${name} is of what is over, and everybody knows that`);
      if (known.kind === 'resolved' && kind !== 'resolved') return broken(`${name} is of what is over`);
      if (key !== placeKey(`${cause}#${known.occurrence}`, `${known.message} ${channel}`))
        return broken(`${name} is not the present message of its incident`);
      if (kind !== known.kind) return broken(`${name} should be '${known.kind}'`);
      if (known.told.includes(channel)) return broken(`${name} is sent again, though it is on disk that it was taken`);
      if (known.heard.get(key) === life) return broken(`${name} is sent again, though it was taken`);
      return undefined;
    };

    const hear = ({ request, status = 0, fault }: Exchange, life: number) => {
      if (status < 200 || status >= 300 || fault !== undefined) return;
      const { cause } = JSON.parse(request.body) as { cause: string };
      incidents.get(cause)?.heard.set(request.headers.get('idempotency-key') ?? '', life);
    };

    const catchUp = (at: number) => {
      for (const cause of untold) {
        const record = world.onDisk(recordKey(`incident/${cause}`)) as ActorRecord | undefined;
        const { context, value } = (record?.state ?? {}) as unknown as { context?: IncidentContext; value: unknown };
        if (context) incidents.set(cause, knownOf(context, value, world.wallNow(), at));
      }
      untold.clear();
    };

    let life = 0;
    return {
      seen(event) {
        switch (event.type) {
          case 'process.began':
            life = event.life;
            return catchUp(event.at);
          case 'committed':
            for (const key of event.keys) {
              if (key.startsWith(recordPrefix)) untold.add(key.slice(recordPrefix.length));
            }
            return;
          case 'transition':
            if (event.transition.address.startsWith('incident/')) change(event.transition, event.at);
            return;
          case 'quarantined':
            incidents.delete(event.quarantined.address.slice('incident/'.length));
            return;
          case 'call.sent':
            if (event.request.service.startsWith(servicePrefix)) send(event.request, event.life);
            return;
          case 'call.ended':
            if (event.exchange.request.service.startsWith(servicePrefix)) hear(event.exchange, life);
            return;
          default:
        }
      },
    };
  },
};

function knownOf(context: IncidentContext, value: unknown, wallAt: number, trueAt: number): Known {
  const { occurrence, message, kind, reminders, told, trouble } = context;
  const isResolved = stateName(value) === 'resolved';
  const severity = trouble?.severity ?? 'canWait';
  return { occurrence, message, kind, reminders, told, severity, isResolved, wallAt, trueAt, heard: new Map() };
}

/** Why nothing has happened that deserves the present message; undefined when something has. */
function undeserved(
  before: Known,
  now: Known,
  event: { type: string },
  remindMs: readonly number[],
): string | undefined {
  if (now.occurrence !== before.occurrence) {
    if (now.occurrence !== before.occurrence + 1 || now.message !== 1) return 'it is not the first of the next time';
    return event.type === 'incident.opened' && now.kind === 'opened' ? undefined : `it came by ${event.type}`;
  }
  if (now.message !== before.message + 1) return `the one before it was ${before.message}`;
  switch (now.kind) {
    case 'opened':
      return before.severity !== 'now' && now.severity === 'now' ? undefined : 'it has not become worse';
    case 'resolved':
      return event.type === 'incident.resolved' ? undefined : `it came by ${event.type}`;
    case 'reminder': {
      const waitMs = remindMs[Math.min(before.reminders, remindMs.length - 1)] ?? 0;
      // One of the two clocks may have been set meanwhile.
      const waitedMs = Math.max(now.wallAt - before.wallAt, now.trueAt - before.trueAt);
      return waitedMs >= waitMs ? undefined : `it came after ${waitedMs} ms instead of ${waitMs}`;
    }
    default:
      return now.kind satisfies never;
  }
}
