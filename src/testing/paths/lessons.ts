/**
 * Lessons: what rehearsals have shown of a job, each asked for once.
 */
import type { Failure } from '../../policies/failure.ts';
import { closedCode } from '../../policies/hold.ts';
import type { WorldEvent } from '../invariants/invariant.ts';
import { type Attempt, attemptIn } from './attempt.ts';
import { PathsError } from './explore.ts';
import { type Disturbance, tokenPoint } from './plan.ts';
import { type Rehearsed, rehearse, type Stage } from './rehearsal.ts';
import type { Learnt, Mishaps, Stand } from './stand.ts';

/** How long a refresh takes where none was seen, in milliseconds. */
const refreshMsDefault = 60;

export class Lessons implements Learnt {
  readonly #stage: Stage;
  readonly #disturbances = new Map<string, Disturbance>();
  readonly #attempts = new Map<string, Attempt>();
  readonly #refusals = new Map<string, Failure>();
  readonly #refreshMs = new Map<string, number>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** What a mishap by its name is. */
  teach(name: string, disturbance: Disturbance): void {
    this.#disturbances.set(name, disturbance);
  }

  attempt(mishaps: Mishaps): Attempt | undefined {
    return this.#attempts.get(mishaps.join('\n'));
  }

  refreshMs(token: string): number {
    return this.#refreshMs.get(token) ?? refreshMsDefault;
  }

  refusal(token: string, fault: string): Failure | undefined {
    return this.#refusals.get(`${token}=${fault}`);
  }

  /** The same, where token servers answer at once: what they refuse, they refuse sooner than they give. */
  withSwiftRefreshes(): Learnt {
    return {
      attempt: (mishaps) => this.attempt(mishaps),
      refusal: (token, fault) => this.refusal(token, fault),
      refreshMs: () => 1,
    };
  }

  /** @throws {PathsError} `RUN_UNREHEARSED` when the job fails though nothing goes wrong */
  async learn(missing: NonNullable<Stand['missing']>): Promise<void> {
    if ('mishaps' in missing) await this.#learnAttempt(missing.mishaps);
    else await this.#learnRefusal(missing);
  }

  async #learnAttempt(mishaps: Mishaps): Promise<void> {
    if (this.attempt(mishaps)) return;
    const { engine, isProgram } = this.#stage;
    const rehearsed = await rehearse(this.#stage, this.#plan(mishaps), { firstAttempt: true });
    if (rehearsed.error !== undefined) throw unrehearsed(engine, rehearsed);
    const attempt = attemptIn(engine, isProgram, rehearsed.events);
    const last = attempt.acts.at(-1);
    // Every path would begin with that.
    if (mishaps.length === 0 && last?.kind === 'failed') throw unrehearsed(engine, { error: last.failure });
    this.#attempts.set(mishaps.join('\n'), attempt);
    if (mishaps.length === 0) this.#noteRefreshes(rehearsed.events);
  }

  async #learnRefusal({ token, fault }: { token: string; fault: string }): Promise<void> {
    const plan = this.#plan([`${tokenPoint(token).key}=${fault}`]);
    const { events } = await rehearse(this.#stage, plan, { firstAttempt: true });
    for (const event of events) {
      if (event.type !== 'transition' || event.transition.address !== `token/${token}`) continue;
      const { error } = event.transition.event as { error?: Failure } & typeof event.transition.event;
      if (event.transition.event.type !== 'xstate.error.actor.refresh' || !error) continue;
      this.#refusals.set(`${token}=${fault}`, error);
      return;
    }
    const message = `${fault}: found that a refresh of ${token} goes well in spite of it, expected that it fails.`;
    throw new PathsError('FAULT_HARMLESS', message);
  }

  #plan(mishaps: Mishaps): Disturbance[] {
    return mishaps.flatMap((name) => {
      const disturbance = this.#disturbances.get(name);
      return disturbance ? [{ ...disturbance, skip: 0 }] : [];
    });
  }

  #noteRefreshes(events: readonly WorldEvent[]): void {
    for (const event of events) {
      if (event.type !== 'transition' || event.transition.event.type !== 'xstate.done.actor.refresh') continue;
      const token = event.transition.address.slice('token/'.length);
      if (!this.#refreshMs.has(token)) this.#refreshMs.set(token, event.at - this.#stage.startAt);
    }
  }
}

function unrehearsed(engine: string, { error }: Pick<Rehearsed, 'error'>): PathsError {
  const { message, code } = error as { message: string; code?: string };
  const todo =
    code === closedCode
      ? 'Give startAt: an instant at which it is open, epoch ms. Where a cron expression has the job due outside of that, give it with another one: failurePaths({ ...job, schedule }, …).'
      : 'Give what it needs under services or steps.';
  return new PathsError(
    'RUN_UNREHEARSED',
    `${engine}: found that its run cannot be rehearsed, expected that its first attempt ends well when nothing goes wrong: ${message} ${todo}`,
    { cause: error },
  );
}
