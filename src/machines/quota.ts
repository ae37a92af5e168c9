/**
 * Quota: no call beyond what a service allows.
 *
 *   available ──the last call, or the service says so──▶ exhausted ──room again──▶ available
 *
 * The budget is the configuration's, and what the service's own answers say of theirs: whichever is less. Its permission
 * is its own: a call may go out exactly when the snapshot `can({ type: 'quota.take' })`. A call that was taken counts, whatever
 * becomes of it.
 *
 * A service may refuse a call because its quota is used up, and not say until when. A day's quota is then waited for until the
 * configured reset; for any other, a guess is made that grows as long as it turns out to be too short.
 */
import { assign, setup } from 'xstate';
import { leftOf, resetAfter, roomAt, type Spent, spentAt, spentUnder, withCall } from '../policies/budget.ts';
import type { QuotaRefusal } from '../policies/failure.ts';
import { instant } from '../policies/instant.ts';
import type { QuotaSettings } from '../policies/settings.ts';
import { type Told, toldAfterCall, toldAt, toldKept, toldWith } from '../policies/told.ts';

export interface QuotaInput {
  id: string;
  settings: QuotaSettings;
  at: number;
}

export interface QuotaContext {
  id: string;
  settings: QuotaSettings;
  spent: Spent[];
  /** What the service's answers said: so many calls, until an instant. */
  told: Told | null;
  /** The service is to be left alone until then, epoch ms. */
  refusedUntil: number;
  /** Since when the service has refused calls and answered none, epoch ms. Absent when it answers. */
  refusedSince?: number | null;
  /** The latest wait that nobody named: how long it was, and its end (epoch ms). Absent before the first. */
  guess?: Guess;
  /** Why no call goes out, in words. */
  reason: string | null;
}

export type Guess = { ms: number; until: number };

export type QuotaEvent =
  | { type: 'quota.take' }
  /** A service's answer: so many calls are left until an instant, epoch ms. */
  | ({ type: 'quota.told' } & Told)
  /** A service refused a call because of its quota, until an instant (epoch ms), if it named one; else, what it said is used up. */
  | { type: 'quota.refused'; until?: number; spent?: QuotaRefusal }
  /** The service answered a call. Need not be told unless it has refused one before. */
  | { type: 'quota.answered' }
  | { type: 'quota.reset' }
  | { type: 'settings.changed'; settings: QuotaSettings };

const guessMs = 60_000;
const guessMsMax = 3_600_000;

export const quotaMachine = setup({
  types: {
    input: {} as QuotaInput,
    context: {} as QuotaContext,
    events: {} as QuotaEvent,
    tags: {} as 'available' | 'rest',
  },
  guards: {
    hasRoom: ({ context, event }) => left(context, event) > 0,
    isLast: ({ context, event }) => left(context, event) === 1,
    saysNone: ({ context, event }) =>
      event.type === 'quota.told' && event.until > instant(event) && leftTold(toldBy(context, event)) <= 0,
    saysMore: ({ context, event }) =>
      event.type === 'quota.told' && event.until > instant(event) && isNews(context, event),
    refuses: ({ context, event }) =>
      event.type === 'quota.refused' && refusal(context, event).refusedUntil > context.refusedUntil,
    hasRefused: ({ context: { refusedSince } }) => typeof refusedSince === 'number',
    leavesNoRoom: ({ context, event }) =>
      event.type === 'settings.changed' && left({ ...context, ...changed(context, event) }, event) <= 0,
    leavesRoom: ({ context, event }) =>
      event.type === 'settings.changed' && left({ ...context, ...changed(context, event) }, event) > 0,
  },
  actions: {
    take: assign(({ context, event }) => taken(context, event)),
    takeLast: assign(({ context, event }) => exhausted({ ...context, ...taken(context, event) }, event)),
    noteTold: assign(({ context, event }) => ({ told: toldBy(context, event) })),
    noteToldNone: assign(({ context, event }) => exhausted({ ...context, told: toldBy(context, event) }, event)),
    noteRefusal: assign(({ context, event }) => ({
      ...exhausted({ ...context, ...refusal(context, event) }, event),
      refusedSince: context.refusedSince ?? instant(event),
    })),
    noteRoom: assign(({ context, event }) => ({
      spent: spentAt(context.spent, instant(event)),
      // What it named the limit of goes on counting in the next window.
      told: toldKept(toldAt(context.told, instant(event))) && context.told,
      reason: null,
    })),
    noteAnswer: assign({ refusedSince: null }),
    forget: assign({ spent: [], told: null, refusedUntil: 0, refusedSince: null, reason: null }),
    takeSettings: assign(({ context, event }) => ({ ...changed(context, event), reason: null })),
    takeTightSettings: assign(({ context, event }) => exhausted({ ...context, ...changed(context, event) }, event)),
  },
  delays: {
    untilRoom: ({ context, event }) => freeAt(context, instant(event)) - instant(event),
  },
}).createMachine({
  id: 'quota',
  context: ({ input }) => ({
    id: input.id,
    settings: input.settings,
    spent: [],
    told: null,
    refusedUntil: 0,
    reason: null,
  }),
  initial: 'available',
  on: {
    'quota.answered': { guard: 'hasRefused', actions: 'noteAnswer' },
  },
  states: {
    available: {
      description: 'There is room for a call.',
      tags: ['available', 'rest'],
      on: {
        'quota.take': [
          { guard: 'isLast', target: 'exhausted', actions: 'takeLast' },
          { guard: 'hasRoom', actions: 'take' },
        ],
        'quota.told': [
          { guard: 'saysNone', target: 'exhausted', actions: 'noteToldNone' },
          { guard: 'saysMore', actions: 'noteTold' },
        ],
        'quota.refused': { guard: 'refuses', target: 'exhausted', actions: 'noteRefusal' },
        'settings.changed': [
          { guard: 'leavesNoRoom', target: 'exhausted', actions: 'takeTightSettings' },
          { actions: 'takeSettings' },
        ],
      },
    },
    exhausted: {
      description: 'The budget is spent: no call goes out until there is room again.',
      after: {
        untilRoom: { target: 'available', actions: 'noteRoom' },
      },
      on: {
        'quota.told': { guard: 'saysNone', target: 'exhausted', reenter: true, actions: 'noteToldNone' },
        'quota.refused': { guard: 'refuses', target: 'exhausted', reenter: true, actions: 'noteRefusal' },
        'quota.reset': { target: 'available', actions: 'forget' },
        'settings.changed': [
          { guard: 'leavesRoom', target: 'available', actions: 'takeSettings' },
          { target: 'exhausted', reenter: true, actions: 'takeTightSettings' },
        ],
      },
    },
  },
});

type AnyEvent = { type: string };

function left({ settings, spent, told, refusedUntil }: QuotaContext, event: AnyEvent): number {
  const at = instant(event);
  if (refusedUntil > at) return 0;
  return Math.min(leftOf(spent, settings, at), leftTold(toldAt(told, at)));
}

function leftTold(told: Told | null): number {
  return told?.left ?? Number.POSITIVE_INFINITY;
}

function taken({ settings, spent, told }: QuotaContext, event: AnyEvent): Pick<QuotaContext, 'spent' | 'told'> {
  const at = instant(event);
  return {
    // What has no limit is not counted: a call writes nothing.
    spent: settings.limit === null ? spent : withCall(spent, settings, at),
    told: toldKept(toldAfterCall(told, at)),
  };
}

/** What is known with this answer, as far as it is kept. */
function toldBy({ told }: QuotaContext, event: QuotaEvent): Told | null {
  if (event.type !== 'quota.told') return told;
  const { left, until, limit, lengthMs, assumed } = event;
  const answer = {
    left,
    until,
    ...(limit !== undefined && { limit }),
    ...(lengthMs !== undefined && { lengthMs }),
    ...(assumed && { assumed }),
  };
  return toldKept(toldWith(told, answer, instant(event)));
}

function isNews(context: QuotaContext, event: QuotaEvent): boolean {
  const now = toldBy(context, event);
  const { told } = context;
  return now?.left !== told?.left || now?.until !== told?.until || now?.limit !== told?.limit;
}

/** Until when a service is left alone that refused a call. While it is, calls that were out before say nothing new. */
function refusal(context: QuotaContext, event: QuotaEvent): Pick<QuotaContext, 'refusedUntil' | 'guess'> {
  const { settings, refusedUntil, guess } = context;
  const at = instant(event);
  if (event.type !== 'quota.refused') return { refusedUntil };
  if (event.until !== undefined) return { refusedUntil: event.until > at ? event.until : refusedUntil };
  if (refusedUntil > at) return { refusedUntil };
  if (event.spent === 'period' && settings.resets) return { refusedUntil: resetAfter(settings, at) };
  const wasTooShort = guess !== undefined && at - guess.until < guess.ms;
  const ms = wasTooShort ? Math.min(2 * guess.ms, guessMsMax) : guessMs;
  return { refusedUntil: at + ms, guess: { ms, until: at + ms } };
}

function changed(context: QuotaContext, event: QuotaEvent): Pick<QuotaContext, 'settings' | 'spent'> {
  const { settings, spent } = context;
  if (event.type !== 'settings.changed') return { settings, spent };
  return { settings: event.settings, spent: spentUnder(spent, settings, event.settings, instant(event)) };
}

function exhausted(context: QuotaContext, event: AnyEvent): Partial<QuotaContext> {
  const at = instant(event);
  const { settings, told, refusedUntil, guess } = context;
  const until = new Date(freeAt(context, at)).toISOString();
  const why =
    refusedUntil > at
      ? 'the service refused a call because of its quota'
      : leftTold(toldAt(told, at)) <= 0
        ? 'the service says that its quota is used up'
        : `its ${settings.limit} calls per ${settings.per} are used up`;
  return {
    settings,
    told,
    refusedUntil,
    ...(guess && { guess }),
    spent: spentAt(context.spent, at),
    reason: `${why}, until ${until}`,
  };
}

function freeAt({ settings, spent, told, refusedUntil }: QuotaContext, at: number): number {
  const now = toldAt(told, at);
  const toldUntil = now && now.left <= 0 ? now.until : at;
  return Math.max(roomAt(spent, settings, at), toldUntil, refusedUntil, at);
}
