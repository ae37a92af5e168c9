/**
 * Attempts: what one attempt of a run does, in order, as it was seen to do it in a rehearsal.
 *
 * That is the one thing no chart can say: which calls the job's own code makes, and what it makes of one that fails. What follows
 * from it for the engine, its breakers, quotas and tokens is worked out from their charts.
 */
import type { EventObject } from 'xstate';
import type { Json } from '../../json.ts';
import type { Failure } from '../../policies/failure.ts';
import { statusRows } from '../../policies/http-answer.ts';
import type { WorldEvent } from '../invariants/invariant.ts';
import { callPoint, type Point, programPoint } from './plan.ts';

export type Act = {
  /** Milliseconds of work since the act before. */
  after: number;
  /** The step that it is part of; null outside of every step. */
  step: string | null;
} & (
  | { kind: 'call'; point: Point; service: string; id: string }
  | { kind: 'answered'; service: string; id: string; ms: number; failure?: Failure; late?: true }
  /** What a service's answer tells a quota, or a token. Instants in it are milliseconds from then. */
  | { kind: 'told'; address: string; event: EventObject }
  /** What the run tells its engine. */
  | { kind: 'kept'; event: EventObject & { step?: string } }
  | { kind: 'program'; point: Point }
  | { kind: 'done'; output: Json }
  | { kind: 'failed'; failure: Failure }
);

export interface Attempt {
  acts: readonly Act[];
  /** Steps that may be left out when their service is down. */
  skippable: ReadonlySet<string>;
  /** The windows that steps wait for, by their names. */
  windows: ReadonlyMap<string, string>;
}

/** The first attempt of an engine's run among all that happened. */
export function attemptIn(engine: string, isProgram: boolean, events: readonly WorldEvent[]): Attempt {
  const reading = new Reading(engine, isProgram);
  for (const event of events) if (reading.take(event)) break;
  return { acts: reading.acts, skippable: reading.skippable, windows: reading.windows };
}

class Reading {
  readonly acts: Act[] = [];
  readonly skippable = new Set<string>();
  readonly windows = new Map<string, string>();
  readonly #engine: string;
  readonly #isProgram: boolean;
  #lastAt: number | undefined;
  #step: string | null = null;
  readonly #calls = new Map<string, number>();
  /** The call of each service that was made last. */
  readonly #open = new Map<string, { id: string; sentAt: number; act?: Extract<Act, { kind: 'answered' }> }>();

  constructor(engine: string, isProgram: boolean) {
    this.#engine = engine;
    this.#isProgram = isProgram;
  }

  /** @returns whether the attempt is over */
  take(event: WorldEvent): boolean {
    switch (event.type) {
      case 'run.began':
        if (event.work.engine !== this.#engine) return false;
        if (this.#lastAt !== undefined) return true;
        this.#lastAt = event.at;
        if (this.#isProgram) this.#add(event.at, { kind: 'program', point: programPoint() });
        return false;
      case 'step.began':
        if (event.step.engine !== this.#engine) return false;
        this.#step = event.step.name;
        if (event.step.whenDown === 'skip') this.skippable.add(event.step.name);
        if (event.step.window !== undefined) this.windows.set(event.step.name, event.step.window);
        for (const counted of [...this.#calls.keys()])
          if (counted.startsWith(`${this.#step}|`)) this.#calls.delete(counted);
        return false;
      case 'call.sent':
        if (event.request.place?.engine === this.#engine) this.#sent(event);
        return false;
      case 'call.ended':
        if (event.exchange.request.place?.engine === this.#engine) this.#ended(event);
        return false;
      case 'transition':
        return this.#lastAt !== undefined && this.#transition(event);
      default:
        return false;
    }
  }

  #sent({ at, request }: Extract<WorldEvent, { type: 'call.sent' }>): void {
    const { service, place } = request;
    const step = place?.step ?? null;
    this.#step = step;
    const counted = `${step ?? ''}|${service}`;
    const nth = (this.#calls.get(counted) ?? 0) + 1;
    this.#calls.set(counted, nth);
    const id = `${counted}|${nth}`;
    // What it waited for before, as a token, is not its own time.
    this.#lastAt = at;
    this.#add(at, { kind: 'call', point: callPoint(step, service, nth), service, id });
    this.#open.set(service, { id, sentAt: at });
  }

  #ended({ at, exchange }: Extract<WorldEvent, { type: 'call.ended' }>): void {
    const { service } = exchange.request;
    const open = this.#open.get(service);
    if (!open) return;
    const failure = failureOf(exchange.status, service);
    const act = this.#add(at, {
      kind: 'answered',
      service,
      id: open.id,
      ms: at - open.sentAt,
      ...(failure && { failure }),
    }) as Extract<Act, { kind: 'answered' }>;
    open.act = act;
  }

  #transition({ at, transition }: Extract<WorldEvent, { type: 'transition' }>): boolean {
    const { address, event } = transition;
    if (address === `engine/${this.#engine}`) return this.#own(at, event);
    const [kind, name = ''] = address.split(/\/(.*)/s);
    if (kind === 'breaker' && event.type === 'call.failed') this.#failed(at, name, event as never);
    if (kind === 'quota' && /^quota\.(told|refused)$/.test(event.type)) {
      const { until } = event as EventObject & { until?: number };
      const length = until !== undefined && { until: until - at };
      this.#add(at, { kind: 'told', address, event: plain({ ...event, ...length }) });
    }
    if (kind === 'token' && event.type === 'token.rejected')
      this.#add(at, { kind: 'told', address, event: plain(event) });
    return false;
  }

  #own(at: number, event: EventObject): boolean {
    const { type } = event;
    if (type === 'xstate.done.actor.run') {
      this.#add(at, { kind: 'done', output: (event as EventObject & { output: Json }).output });
      return true;
    }
    if (type === 'xstate.error.actor.run') {
      this.#add(at, { kind: 'failed', failure: (event as EventObject & { error: Failure }).error });
      return true;
    }
    if (type.startsWith('step.') || type === 'service.served') {
      const { step = null } = event as EventObject & { step?: string };
      this.#step = step;
      this.#add(at, { kind: 'kept', event: plain(event) });
      return false;
    }
    return type.startsWith('xstate.after.untilTimeout');
  }

  /** What a call failed with is what its breaker was told; one that had succeeded may still break off. */
  #failed(at: number, service: string, event: EventObject & { failure: Failure; late?: true }): void {
    const open = this.#open.get(service);
    if (!open) return;
    if (open.act && !event.late) {
      open.act.failure = event.failure;
      return;
    }
    const { id, sentAt } = open;
    this.#add(at, {
      kind: 'answered',
      service,
      id,
      ms: at - sentAt,
      failure: event.failure,
      ...(event.late && { late: event.late }),
    });
  }

  #add(at: number, act: WithoutTime): Act {
    const after = at - (this.#lastAt ?? at);
    this.#lastAt = at;
    const added = { after, step: this.#step, ...act } as Act;
    this.acts.push(added);
    return added;
  }
}

type WithoutTime = Act extends infer Each ? (Each extends Act ? Omit<Each, 'after' | 'step'> : never) : never;

/** The instant, the chance and the fence are stamped on anew. */
function plain<Event extends EventObject>(event: Event): Event {
  const { at: _, chance: __, fence: ___, ...rest } = event as Event & { at?: number; chance?: number; fence?: object };
  return rest as unknown as Event;
}

function failureOf(status: number | undefined, service: string): Failure | undefined {
  if (status === undefined || status < 300) return undefined;
  const row = statusRows.find(({ from, to }) => status >= from && status <= to);
  return { class: row?.class ?? 'bug', code: `HTTP_${status}`, message: '', status, service };
}
