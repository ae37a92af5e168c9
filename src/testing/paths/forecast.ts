/**
 * The forecast: what becomes of a run when this or that goes wrong, worked out from the charts alone.
 *
 * The engine's chart, its breakers, quotas and tokens are taken one event at a time, in the order of time, without a host: timers
 * and effects stand in their snapshots. What the job's own code does in an attempt is known from rehearsals.
 */
import type { TokenContext } from '../../machines/token.ts';
import type { Failure } from '../../policies/failure.ts';
import { acted, waited } from './course.ts';
import { closedTo, shutTo } from './door.ts';
import { delayed, jumped, jumpOf, killed, mishap, refused } from './mishaps.ts';
import { amidPoint, type Disturbance, edgePoint, keepPoint, type Point, statePoint, tokenPoint } from './plan.ts';
import { beginning, contextOf, engineOf, type Grounds, type Stand } from './stand.ts';
import { ended, told } from './telling.ts';
import { sinceOf, type Upcoming, upcoming } from './upcoming.ts';

const stepsMax = 5_000;
/** As the world's token servers have it, less what is lost to whole seconds. */
const tokenLifeMs = 3_599_000;

export class Forecast {
  readonly #grounds: Grounds;

  constructor(grounds: Grounds) {
    this.#grounds = grounds;
  }

  first(): Stand {
    return beginning(this.#grounds);
  }

  /** Where it all ends when exactly that goes wrong. */
  through(plan: readonly Disturbance[]): Stand {
    let stand = this.first();
    const left = [...plan];
    for (let steps = 0; !stand.isOver && stand.missing === null && steps < stepsMax; steps++) {
      const [next] = left;
      const here = next && this.chances(stand).find(({ key }) => key === next.point.key);
      if (next && here && (stand.passed[here.key] ?? 0) >= next.skip) {
        left.shift();
        stand = this.disturbed(stand, { ...next, skip: stand.passed[here.key] ?? 0 });
      } else stand = this.goneOn(stand);
    }
    return stand;
  }

  /** The points that what happens next comes by. */
  chances(stand: Stand): Point[] {
    const next = upcoming(stand, this.#grounds);
    if (!next) return [];
    if (next.kind === 'refresh') return [tokenPoint(next.token)];
    if (next.kind === 'rest') return [statePoint(next.state)];
    if (next.kind === 'timer' && next.actor === engineOf && !stand.hasBegun) return [edgePoint('begin')];
    if (next.kind !== 'act') return [];
    const { act } = next;
    if (closedTo(stand, this.#grounds.config)) return [];
    if (act.kind === 'call') {
      return shutTo(stand, this.#grounds.config, act) ? [] : [act.point, amidPoint(act.point)];
    }
    if (act.kind === 'program') return [act.point, amidPoint(act.point)];
    if (act.kind === 'kept' && act.event.type === 'step.completed') return [keepPoint(act.event.step ?? '')];
    if (act.kind === 'done') return [edgePoint('end')];
    return [];
  }

  /** What happens next happens, and nothing goes wrong. */
  goneOn(stand: Stand): Stand {
    const next = upcoming(stand, this.#grounds);
    if (!next) return { ...stand, isOver: true };
    let { passed } = stand;
    for (const { key } of this.chances(stand)) passed = { ...passed, [key]: (passed[key] ?? 0) + 1 };
    return this.#happened({ ...stand, now: Math.max(stand.now, next.at), passed }, next);
  }

  /** Something goes wrong with what happens next. */
  disturbed(stand: Stand, disturbance: Disturbance): Stand {
    const { point, fault } = disturbance;
    const next = upcoming(stand, this.#grounds) as Upcoming;
    const isCrash = fault.name === 'crash' && fault.kind === 'kill';
    const label = point.kind === 'state' ? [] : [point.label];
    const before: Stand = {
      ...stand,
      now: Math.max(stand.now, next.at),
      used: stand.used + (isCrash ? 0 : 1),
      crashed: stand.crashed || isCrash,
      passed: {},
      plan: [...stand.plan, disturbance],
      trail: [...stand.trail, [...label, fault.name].join(': ')],
    };
    switch (fault.kind) {
      case 'call':
        return next.kind === 'refresh'
          ? refused(before, this.#grounds, next.token, fault.name)
          : mishap(before, this.#grounds, point, fault.name);
      case 'program':
        return mishap(before, this.#grounds, point, fault.name);
      case 'disk':
        return delayed(this.#happened(before, next), fault);
      case 'kill': {
        const isAtRest = point.kind === 'amid' || point.kind === 'state';
        const left = isAtRest || fault.when === 'after' ? this.#happened(before, next) : before;
        return killed(left, this.#grounds, fault, isAtRest ? left.states : before.states);
      }
      case 'machine':
        // Where nothing is under way but waits, a jump of the clock changes when they end, and not how.
        return point.kind === 'amid'
          ? mishap(before, this.#grounds, point, fault.name, jumpOf(fault, before.now))
          : jumped(this.#happened(before, next), fault);
      default:
        return fault satisfies never;
    }
  }

  #happened(stand: Stand, next: Upcoming): Stand {
    const grounds = this.#grounds;
    switch (next.kind) {
      case 'act':
        return acted(stand, grounds, next.act);
      case 'timer': {
        const timer = stand.actors[next.actor]?.timers[next.id];
        if (!timer) return stand;
        const fence = { kind: 'timers', id: next.id, ticket: timer.ticket } as const;
        return told(stand, grounds, next.actor, timer.event, fence);
      }
      case 'refresh':
        return this.#refreshed(stand, next.token);
      case 'clearance': {
        const failure: Failure = { class: 'bug', code: 'AWAITED_IN_VAIN', message: '' };
        return ended(stand, grounds, engineOf, next.id, next.inVain ? { error: failure } : { output: null });
      }
      case 'waited':
        return waited(stand, grounds, next.inTime);
      case 'person': {
        const helped: Stand = { ...stand, trail: [...stand.trail, 'a person helps'] };
        return told(helped, grounds, `token/${next.token}`, { type: 'token.provided' });
      }
      case 'rest':
        return { ...stand, entered: null };
      case 'trigger':
        return told(stand, grounds, engineOf, { type: 'engine.trigger' });
      default:
        return next satisfies never;
    }
  }

  /** Its life began when it was asked for: where the machine has slept since then, it may be over. */
  #refreshed(stand: Stand, token: string): Stand {
    const actor = `token/${token}`;
    const { version } = contextOf<TokenContext>(stand, actor);
    const since = sinceOf(stand.actors[actor]?.effects.refresh?.ticket ?? '', stand);
    const sleptMs = stand.sleeps.reduce((sum, { at, ms }) => (at >= since ? sum + ms : sum), 0);
    const obtainedAt = stand.now - sleptMs - this.#grounds.learnt.refreshMs(token);
    const expiresAt = obtainedAt + tokenLifeMs;
    const stillborn: Failure = { class: 'recoverable', code: 'TOKEN_STILLBORN', message: '' };
    const end =
      expiresAt > stand.now ? { output: { version: version + 1, obtainedAt, expiresAt } } : { error: stillborn };
    return ended(stand, this.#grounds, actor, 'refresh', end);
  }
}
