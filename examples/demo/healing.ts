/**
 * Healing: reads the service's log as it is written, and says in plain words what got well by itself. What is merely wrong is
 * not told, but for what takes a while: it is the healing that counts.
 */
import type { Line } from './lines.ts';

/** How often each of these was seen. */
export const healings = {
  breaker: 'a dead service was left alone, then probed, and was back',
  renewed: 'a token was renewed before it expired',
  replaced: 'a token that was refused was replaced',
  retried: 'a run failed on the way, and got there',
  fallback: 'another language model answered in place of the first',
  window: 'a step waited for its hours',
  quota: 'a used-up quota was waited for',
  degraded: 'a step was left out, because its service was down',
  afresh: 'a run failed, and a later one succeeded',
  resumed: 'a run went on where a kill had cut it off',
  pageSeven: 'the scraper, killed on page seven, went on there with its cookies',
  killed: 'the service was killed, and came back',
  mail: 'the mail server was gone, and the mail was fetched later',
} as const;

export type Healing = keyof typeof healings;

export class Healer {
  readonly counts = new Map<Healing, number>();
  readonly #tell: (who: string, what: string) => void;
  readonly #openSince = new Map<string, number>();
  readonly #rejected = new Set<string>();
  readonly #known = new Set<string>();
  #mailGone = false;
  #mailMissed = false;
  readonly #waiting = new Map<string, string>();
  readonly #troubles = new Map<string, string>();
  readonly #failed = new Set<string>();
  readonly #served = new Map<string, string>();

  constructor(tell: (who: string, what: string) => void) {
    this.#tell = tell;
  }

  note(healing: Healing) {
    this.counts.set(healing, (this.counts.get(healing) ?? 0) + 1);
  }

  /** Nobody can fetch mail any more. */
  mailGone() {
    this.#mailGone = true;
  }

  read(line: Line) {
    const [kind, id = ''] = line.actor?.split('/') ?? [];
    if (kind === 'breaker') this.#breaker(id, line);
    if (kind === 'token') this.#token(id, line);
    if (kind === 'quota') this.#quota(id, line);
    if (kind === 'engine') this.#engine(id, line);
  }

  #breaker(id: string, { to, reason, time }: Line) {
    const since = this.#openSince.get(id);
    if (to === 'open' && since === undefined) {
      this.#openSince.set(id, time);
      this.#tell(id, `is left alone: its breaker opened (${brief(reason)})`);
    }
    if (to !== 'closed' || since === undefined) return;
    this.#openSince.delete(id);
    this.note('breaker');
    this.#tell(id, `is back: the probe succeeded, and its breaker closed after ${seconds(time - since)}`);
  }

  #token(id: string, { event, to }: Line) {
    if (event === 'token.rejected') this.#rejected.add(id);
    if (to !== 'fresh' || event !== 'xstate.done.actor.refresh') return;
    const wasRejected = this.#rejected.delete(id);
    // The first one takes nothing's place.
    if (!this.#known.has(id)) return void this.#known.add(id);
    this.note(wasRejected ? 'replaced' : 'renewed');
    this.#tell(
      id,
      wasRejected ? 'had its token refused: it was replaced' : 'has a new token, before the old one expired',
    );
  }

  #quota(id: string, { from, to, reason }: Line) {
    if (to === 'exhausted' && from !== to) this.#tell(id, `gets no call for a while: ${brief(reason)}`);
    if (to !== 'available' || from !== 'exhausted') return;
    this.note('quota');
    this.#tell(id, 'has room again in its quota');
  }

  #engine(id: string, line: Line) {
    const { msg, from = '', to = '', run = '', failure, reason } = line;
    if (failure?.service === 'mailbox' && this.#mailGone) this.#mailMissed = true;
    if (failure) this.#troubles.set(run, failure.message);
    if (to === 'held.forTime' && failure?.code === 'WINDOW_CLOSED' && from !== to) {
      const step = failure.step ?? '';
      this.#waiting.set(id, step);
      this.#tell(id, `waits for its hours with '${step}', until ${clock(line.next)}`);
    }
    if (from === 'held.forTime' && to === 'running' && this.#waiting.has(id)) {
      this.note('window');
      this.#tell(id, `goes on with '${this.#waiting.get(id)}': its hours have begun`);
      this.#waiting.delete(id);
    }
    if (to === 'held.forActor' && from !== to && failure?.code === 'QUOTA_EXHAUSTED') {
      this.#tell(id, `is held: ${brief(reason)}`);
    }
    if (msg === 'run.failed') {
      this.#failed.add(id);
      this.#tell(id, `failed, and begins afresh next time: ${brief(failure?.message)}`);
    }
    if (msg === 'run.succeeded') this.#succeeded(id, line);
  }

  #succeeded(id: string, { run = '', attempt = 1, skipped, served }: Line) {
    if (id === 'mailbox' && this.#mailMissed) {
      this.note('mail');
      this.#mailGone = this.#mailMissed = false;
      this.#tell(id, 'has fetched its mail, now that the mail server is back');
    }
    if (attempt > 1) {
      this.note('retried');
      this.#tell(id, `succeeded on attempt ${attempt}, after: ${brief(this.#troubles.get(run))}`);
    }
    if (this.#failed.delete(id)) {
      this.note('afresh');
      this.#tell(id, 'succeeded again');
    }
    if (skipped) {
      this.note('degraded');
      this.#tell(id, `succeeded without ${skipped.map((step) => `'${step}'`).join(', ')}: that service was down`);
    }
    const by = served?.llm?.join(', ');
    if (by !== undefined && by !== 'groq') {
      this.note('fallback');
      if (this.#served.get(id) !== by) this.#tell(id, `was served by ${by} in place of groq`);
      this.#served.set(id, by);
    }
    this.#troubles.delete(run);
  }
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function clock(iso: string | undefined): string {
  return iso?.slice(11, 19) ?? 'later';
}

const briefMax = 110;

function brief(text: string | undefined): string {
  if (text === undefined) return 'something passing';
  return text.length > briefMax ? `${text.slice(0, briefMax - 1)}…` : text;
}
