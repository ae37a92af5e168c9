/**
 * Incident: calls a person about one cause of trouble, once, and says when it is over.
 *
 *   resolved ──opened──▶ open: brewing ─▶ (quiet) ─▶ sending ─▶ told ─┐ reminder
 *      ▲                   │                ▲  └▶ retrying ┘  ▲───────┘
 *      │                   ├──acknowledge──▶ acknowledged ──worse──▶ open
 *      └──── closing ◀─────┴──resolved─────────┘
 *
 * There is one for each cause, for ever: when the cause comes again, the same one opens anew. What nobody was told of is
 * resolved without a word. A message goes to each channel once; one that fails is tried again, and neither makes the others
 * repeat theirs nor keeps them from their reminders. What could wait and cannot any more is told anew, at once.
 */
import { assign, emit, setup } from 'xstate';
import { backoffMs } from '../policies/backoff.ts';
import { effect } from '../policies/effect.ts';
import type { Failure } from '../policies/failure.ts';
import { failureOf } from '../policies/failure.ts';
import { instant } from '../policies/instant.ts';
import type { AlertSettings } from '../policies/settings.ts';
import type { Trouble } from '../policies/trouble.ts';
import { isOpen, nextClosing } from '../policies/window.ts';

export interface IncidentInput {
  id: string;
  settings: AlertSettings;
  at: number;
}

/** What the present message says. */
export type AlertKind = 'opened' | 'reminder' | 'resolved';

export interface IncidentContext {
  /** The cause, as in `breaker:shop`. */
  id: string;
  settings: AlertSettings;
  /** How often the cause has come, the present time included. */
  occurrence: number;
  /** What is wrong; what was, once it is resolved; null before the first time. */
  trouble: Trouble | null;
  /** When it came, epoch ms. */
  since: number;
  /** When it was over, epoch ms; null while it stands, and before the first time. */
  endedAt: number | null;
  /** What the present message says. */
  kind: AlertKind;
  /** Counts the messages of this occurrence: the same message has the same number, however often it is tried. */
  message: number;
  /** Channels that have the present message. */
  told: string[];
  /** Channels that were told of this occurrence, and will be told of its end. */
  informed: string[];
  reminders: number;
  /** Attempts in a row that did not reach every channel. */
  failures: number;
  retryAt: number;
  /** When every channel had the latest message, or the first try of it had failed, epoch ms. */
  toldAt: number;
  /** Why a message did not get out; null when it did. */
  failure: Failure | null;
}

export type IncidentEvent =
  | { type: 'incident.opened'; trouble: Trouble }
  /** The same cause, with what is known now. */
  | { type: 'incident.updated'; trouble: Trouble }
  | { type: 'incident.resolved' }
  | { type: 'incident.acknowledge' }
  | { type: 'alert.sent'; channel: string }
  | { type: 'settings.changed'; settings: AlertSettings };

/** What an incident emits for the ledger. */
type IncidentNoted = { type: 'incident.noted'; entries: IncidentChange[] };

/** A line of the ledger; `lastedMs` stands with the end. */
export type IncidentChange = {
  incident: 'opened' | 'acknowledged' | 'resolved';
  occurrence: number;
  title: string;
  lastedMs?: number;
};

/** An end that no channel has taken for so long is not news any more. */
const oldNewsMs = 86_400_000;
const retry = { baseMs: 30_000, capMs: 1_800_000, tries: 1, jitter: 'partial' } as const;

export const incidentMachine = setup({
  types: {
    input: {} as IncidentInput,
    context: {} as IncidentContext,
    events: {} as IncidentEvent,
    emitted: {} as IncidentNoted,
    tags: {} as 'rest' | 'open',
  },
  actors: {
    /** Sends the present message to every channel that does not have it yet. */
    sendAlert: effect<null, null>(),
  },
  guards: {
    isQuiet: ({ context, event }) => isQuiet(context, instant(event)),
    wasTold: ({ context }) => context.informed.length > 0,
    wasToldAndIsQuiet: ({ context, event }) => context.informed.length > 0 && isQuiet(context, instant(event)),
    /** It could wait, and cannot any more: a person has to act. */
    isWorse: ({ context, event }) => !isUrgent(context) && troubleOf(event).trouble?.severity === 'now',
    isOldNews: ({ context, event }) => instant(event) - (context.endedAt ?? 0) >= oldNewsMs,
  },
  actions: {
    noteOpening: assign(({ context, event }) => ({
      ...opened(context, event),
      informed: [],
    })),
    /** It is back while its end is on its way: whoever has not taken that yet is still to hear of one. */
    noteRelapse: assign(({ context, event }) => ({ ...opened(context, event), informed: unended(context) })),
    /** It is back before these heard that it was gone: for them it has stood all the time. */
    noteReturn: assign(({ context, event }) => ({
      ...opened(context, event),
      told: unended(context),
      informed: unended(context),
    })),
    noteTrouble: assign(({ event }) => troubleOf(event)),
    noteWorse: assign(({ context, event }) => ({
      ...troubleOf(event),
      reminders: 0,
      ...unsent(context, 'opened'),
    })),
    noteReminder: assign(({ context }) => ({ reminders: context.reminders + 1, ...unsent(context, 'reminder') })),
    noteSent: assign(({ context, event }) => ({
      told: [...new Set([...context.told, channelOf(event)])],
      informed: [...new Set([...context.informed, channelOf(event)])],
    })),
    noteTold: assign(({ event }) => ({ toldAt: instant(event), failures: 0, failure: null })),
    noteFailure: assign(({ context, event }) => {
      const { chance = 0 } = event as { chance?: number };
      const waitMs = backoffMs(retry, context.failures + 1, chance);
      return {
        failures: context.failures + 1,
        failure: failureOf(event),
        retryAt: instant(event) + waitMs,
        // From here on the others wait for their reminder.
        ...(context.failures === 0 && { toldAt: instant(event) }),
      };
    }),
    noteEnd: assign(({ context, event }) => ({ endedAt: instant(event), ...unsent(context, 'resolved') })),
    takeSettings: assign(({ context, event }) => ({
      settings: event.type === 'settings.changed' ? event.settings : context.settings,
    })),
    emitOpening: emit(({ context, event }) => ({
      type: 'incident.noted' as const,
      entries: [
        {
          incident: 'opened',
          occurrence: context.occurrence + 1,
          title: troubleOf(event).trouble?.title ?? context.id,
        },
      ],
    })),
    emitAcknowledgement: emit(({ context }) => noted(context, 'acknowledged')),
    emitEnd: emit(({ context, event }) => noted(context, 'resolved', instant(event) - context.since)),
  },
  delays: {
    untilDeservesAlert: ({ context, event }) => context.since + afterMs(context) - instant(event),
    untilLoud: ({ context, event }) => loudAt(context, instant(event)) - instant(event),
    untilRetry: ({ context, event }) => context.retryAt - instant(event),
    untilReminder: ({ context, event }) => context.toldAt + remindMs(context) - instant(event),
  },
}).createMachine({
  id: 'incident',
  context: ({ input: { id, settings, at } }) => ({
    id,
    settings,
    occurrence: 0,
    trouble: null,
    since: at,
    endedAt: null,
    kind: 'resolved',
    message: 0,
    told: [],
    informed: [],
    reminders: 0,
    failures: 0,
    retryAt: 0,
    toldAt: 0,
    failure: null,
  }),
  initial: 'resolved',
  states: {
    resolved: {
      description: 'The cause is gone, or has never come.',
      tags: 'rest',
      on: {
        'incident.opened': { target: 'open', actions: ['emitOpening', 'noteOpening'] },
        'settings.changed': { actions: 'takeSettings' },
      },
    },
    open: {
      description: 'The cause stands, and nobody has said that they know.',
      tags: 'open',
      initial: 'brewing',
      on: {
        'incident.updated': [
          { guard: 'isWorse', target: '.sending', reenter: true, actions: 'noteWorse' },
          { actions: 'noteTrouble' },
        ],
        'incident.acknowledge': { target: 'acknowledged', actions: 'emitAcknowledgement' },
        'incident.resolved': [
          { guard: 'wasToldAndIsQuiet', target: 'closing.quiet', actions: ['emitEnd', 'noteEnd'] },
          { guard: 'wasTold', target: 'closing', actions: ['emitEnd', 'noteEnd'] },
          { target: 'resolved', actions: ['emitEnd', 'noteEnd'] },
        ],
      },
      states: {
        brewing: {
          description: 'It may heal by itself before it is worth a message.',
          after: {
            untilDeservesAlert: [{ guard: 'isQuiet', target: 'quiet' }, { target: 'sending' }],
          },
          on: { 'settings.changed': { target: 'brewing', reenter: true, actions: 'takeSettings' } },
        },
        quiet: {
          description: 'It can wait until the quiet hours are over.',
          after: { untilLoud: [{ guard: 'isQuiet', target: 'quiet', reenter: true }, { target: 'sending' }] },
          on: { 'settings.changed': { target: 'quiet', reenter: true, actions: 'takeSettings' } },
        },
        sending: {
          description: 'A message is on its way to each channel.',
          invoke: {
            id: 'alert',
            src: 'sendAlert',
            input: null,
            onDone: { target: 'told', actions: 'noteTold' },
            onError: { target: 'retrying', actions: 'noteFailure' },
          },
          on: { 'alert.sent': { actions: 'noteSent' }, 'settings.changed': { actions: 'takeSettings' } },
        },
        retrying: {
          description: 'Some channel did not take it: it is tried again after a wait.',
          after: {
            untilRetry: [{ guard: 'isQuiet', target: 'quiet' }, { target: 'sending' }],
            untilReminder: [
              { guard: 'isQuiet', target: 'quiet', actions: 'noteReminder' },
              { target: 'sending', actions: 'noteReminder' },
            ],
          },
          on: { 'settings.changed': { target: 'retrying', reenter: true, actions: 'takeSettings' } },
        },
        told: {
          description: 'Every channel has it. After a while, which grows, comes a reminder.',
          after: {
            untilReminder: [
              { guard: 'isQuiet', target: 'quiet', actions: 'noteReminder' },
              { target: 'sending', actions: 'noteReminder' },
            ],
          },
          on: { 'settings.changed': { target: 'told', reenter: true, actions: 'takeSettings' } },
        },
      },
    },
    acknowledged: {
      description: 'A person knows: no more reminders. It ends when the cause does.',
      tags: ['open', 'rest'],
      on: {
        'incident.updated': [
          { guard: 'isWorse', target: 'open.sending', actions: 'noteWorse' },
          { actions: 'noteTrouble' },
        ],
        'incident.resolved': [
          { guard: 'wasToldAndIsQuiet', target: 'closing.quiet', actions: ['emitEnd', 'noteEnd'] },
          { guard: 'wasTold', target: 'closing', actions: ['emitEnd', 'noteEnd'] },
          { target: 'resolved', actions: ['emitEnd', 'noteEnd'] },
        ],
        'settings.changed': { actions: 'takeSettings' },
      },
    },
    closing: {
      description: 'The cause is gone: whoever was told of it hears that too.',
      initial: 'sending',
      on: {
        'incident.opened': { target: 'open', actions: ['emitOpening', 'noteRelapse'] },
        'settings.changed': { actions: 'takeSettings' },
      },
      states: {
        quiet: {
          description: 'Nobody need be woken to hear that it is over.',
          after: { untilLoud: [{ guard: 'isQuiet', target: 'quiet', reenter: true }, { target: 'sending' }] },
          on: {
            'incident.opened': { target: '#incident.open', actions: ['emitOpening', 'noteReturn'] },
            'settings.changed': { target: 'quiet', reenter: true, actions: 'takeSettings' },
          },
        },
        sending: {
          description: 'The message is on its way.',
          invoke: {
            id: 'alert',
            src: 'sendAlert',
            input: null,
            onDone: { target: '#incident.resolved', actions: 'noteTold' },
            onError: { target: 'retrying', actions: 'noteFailure' },
          },
          on: { 'alert.sent': { actions: 'noteSent' } },
        },
        retrying: {
          description: 'Some channel did not take it: it is tried again after a wait, for a day at most.',
          after: {
            untilRetry: [
              { guard: 'isOldNews', target: '#incident.resolved' },
              { guard: 'isQuiet', target: 'quiet' },
              { target: 'sending' },
            ],
          },
        },
      },
    },
  },
});

type AnyEvent = { type: string };

function troubleOf(event: AnyEvent): Partial<Pick<IncidentContext, 'trouble'>> {
  const { trouble } = event as { trouble?: Trouble };
  return trouble ? { trouble } : {};
}

/** The present message, which nobody has yet. */
function unsent({ message }: IncidentContext, kind: AlertKind) {
  return { kind, message: message + 1, told: [], failures: 0, failure: null };
}

/** Who was told of it and has not taken the message that it is over, which is the present one. */
function unended({ informed, told }: IncidentContext): string[] {
  return informed.filter((channel) => !told.includes(channel));
}

function opened(context: IncidentContext, event: AnyEvent): Partial<IncidentContext> {
  return {
    ...troubleOf(event),
    ...unsent(context, 'opened'),
    occurrence: context.occurrence + 1,
    since: instant(event),
    endedAt: null,
    reminders: 0,
    message: 1,
  };
}

function channelOf(event: AnyEvent): string {
  return (event as { channel?: string }).channel ?? '';
}

function isUrgent({ trouble }: IncidentContext): boolean {
  return trouble?.severity === 'now';
}

/** What heals by itself gets some time to do so. */
function afterMs(context: IncidentContext): number {
  return isUrgent(context) ? 0 : context.settings.afterMs;
}

function isQuiet(context: IncidentContext, at: number): boolean {
  const { quiet } = context.settings;
  return quiet !== null && !isUrgent(context) && isOpen(quiet, at);
}

function loudAt(context: IncidentContext, at: number): number {
  const { quiet } = context.settings;
  return quiet ? nextClosing(quiet, at) : at;
}

function remindMs({ settings: { remindMs }, reminders }: IncidentContext): number {
  return remindMs[Math.min(reminders, remindMs.length - 1)] ?? Number.NaN;
}

function noted(context: IncidentContext, incident: IncidentChange['incident'], lastedMs?: number): IncidentNoted {
  const { occurrence, trouble, id } = context;
  const title = trouble?.title ?? id;
  return {
    type: 'incident.noted',
    entries: [{ incident, occurrence, title, ...(lastedMs !== undefined && { lastedMs }) }],
  };
}
