/**
 * Quota: no call beyond what a service allows.
 *
 *   available ──the last call, or the service says so──▶ exhausted ──room again──▶ available
 *
 * The budget is the configuration's, and what the service's own answers say of theirs: whichever is less. Its permission
 * is its own: a call may go out exactly when the snapshot `can({ type: 'quota.take' })`. A call that was taken counts, whatever
 * becomes of it.
 */
import { assign, setup } from 'xstate';
import { leftOf, roomAt, type Spent, spentAt, withCall } from '../policies/budget.ts';
import { instant } from '../policies/instant.ts';
import type { QuotaSettings } from '../policies/settings.ts';

export interface QuotaInput {
  id: string;
  settings: QuotaSettings;
  at: number;
}

export interface QuotaContext {
  id: string;
  settings: QuotaSettings;
  spent: Spent[];
  /** What the service's answers said: so many calls, until an instant (epoch ms). */
  told: { left: number; until: number } | null;
  /** The service asked to be left alone until then, epoch ms. */
  refusedUntil: number;
  /** Why no call goes out, in words. */
  reason: string | null;
}

export type QuotaEvent =
  | { type: 'quota.take' }
  /** A service's answer: so many calls are left until an instant, epoch ms. */
  | { type: 'quota.told'; left: number; until: number }
  /** A service refused a call because of its quota, until an instant, epoch ms. */
  | { type: 'quota.refused'; until: number }
  | { type: 'quota.reset' }
  | { type: 'settings.changed'; settings: QuotaSettings };

/** Two answers of one window may differ by this, because they name its end in whole seconds from now. */
const sameWindowMs = 2_000;

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
      event.type === 'quota.told' && event.until > instant(event) && toldBy(context, event).left <= 0,
    saysMore: ({ context, event }) =>
      event.type === 'quota.told' && event.until > instant(event) && isNews(context, event),
    refuses: ({ context, event }) =>
      event.type === 'quota.refused' && event.until > Math.max(instant(event), context.refusedUntil),
    leavesNoRoom: ({ context, event }) =>
      event.type === 'settings.changed' && left({ ...context, settings: event.settings }, event) <= 0,
    leavesRoom: ({ context, event }) =>
      event.type === 'settings.changed' && left({ ...context, settings: event.settings }, event) > 0,
  },
  actions: {
    take: assign(({ context, event }) => taken(context, event)),
    takeLast: assign(({ context, event }) => exhausted({ ...context, ...taken(context, event) }, event)),
    noteTold: assign(({ context, event }) => ({ told: toldBy(context, event) })),
    noteToldNone: assign(({ context, event }) => exhausted({ ...context, told: toldBy(context, event) }, event)),
    noteRefusal: assign(({ context, event }) =>
      exhausted({ ...context, refusedUntil: event.type === 'quota.refused' ? event.until : 0 }, event),
    ),
    noteRoom: assign(({ context, event }) => ({
      spent: spentAt(context.spent, instant(event)),
      told: context.told && context.told.until > instant(event) ? context.told : null,
      reason: null,
    })),
    forget: assign({ spent: [], told: null, refusedUntil: 0, reason: null }),
    takeSettings: assign(({ context, event }) => ({
      settings: event.type === 'settings.changed' ? event.settings : context.settings,
      reason: null,
    })),
    takeTightSettings: assign(({ context, event }) =>
      exhausted({ ...context, ...(event.type === 'settings.changed' && { settings: event.settings }) }, event),
    ),
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
  const ours = leftOf(spent, settings, at);
  return told && told.until > at ? Math.min(ours, told.left) : ours;
}

function taken({ settings, spent, told }: QuotaContext, event: AnyEvent): Pick<QuotaContext, 'spent' | 'told'> {
  const at = instant(event);
  return {
    // What has no limit is not counted: a call writes nothing.
    spent: settings.limit === null ? spent : withCall(spent, settings, at),
    told: told && told.until > at ? { ...told, left: told.left - 1 } : null,
  };
}

/**
 * What is known with this answer. Calls that are still out are not in it, so within one window the least that was said, or
 * counted since, goes on counting. Of two windows, as a minute's and a day's, the tighter one does.
 */
function toldBy({ told }: QuotaContext, event: QuotaEvent): { left: number; until: number } {
  if (event.type !== 'quota.told') return { left: Number.POSITIVE_INFINITY, until: 0 };
  const answer = { left: event.left, until: event.until };
  if (!told || told.until <= instant(event) || event.until > told.until + sameWindowMs) return answer;
  if (event.until < told.until - sameWindowMs) return event.left < told.left ? answer : told;
  return { left: Math.min(told.left, event.left), until: told.until };
}

function isNews(context: QuotaContext, event: QuotaEvent): boolean {
  const now = toldBy(context, event);
  return now.left !== context.told?.left || now.until !== context.told.until;
}

function exhausted(context: QuotaContext, event: AnyEvent): Partial<QuotaContext> {
  const at = instant(event);
  const { settings, told, refusedUntil } = context;
  const until = new Date(freeAt(context, at)).toISOString();
  const why =
    refusedUntil > at
      ? 'the service asked to be left alone'
      : told && told.until > at && told.left <= 0
        ? 'the service says that its quota is used up'
        : `its ${settings.limit} calls a ${settings.per} are used up`;
  return { settings, told, refusedUntil, spent: spentAt(context.spent, at), reason: `${why}, until ${until}` };
}

function freeAt({ settings, spent, told, refusedUntil }: QuotaContext, at: number): number {
  const toldUntil = told && told.left <= 0 ? told.until : at;
  return Math.max(roomAt(spent, settings, at), toldUntil, refusedUntil, at);
}
