/**
 * The jobs of the comparison as the best script that somebody writes by hand: one process that stays, and knows what it has in
 * memory.
 *
 * - Each job has its due times; one that comes while a run is under way is queued.
 * - What goes wrong is tried again, as often and as patiently as Nightshift does it, with jitter; `Retry-After` is heeded.
 * - Each service has a breaker: three failures in a row open it, for a minute at first and for twice as long each time a call
 *   fails after that; calls wait for it, and one goes first.
 * - Tokens are renewed five minutes before they expire, by one refresh at a time. What a server has given is in a file before
 *   it is used: a refresh token that was replaced would otherwise be gone with the first crash.
 * - A call may take thirty seconds, carries an idempotency key, and must have an answer that is not empty.
 * - After each success a job writes when that was into a heartbeat file. A person looks at that file.
 * - A supervisor, as systemd is one, starts the process again when it dies. What was under way or queued is lost, and so is what
 *   the breakers knew.
 */
import type { Habitat, Inhabitant } from '../../src/testing/world/inhabitant.ts';
import { dueAfter, type Job, jobs, llmKey, type Part, requestOf, tokenOf, urlOf } from './jobs.ts';
import { looked, type Machine, type Program, readToken, refreshed, tokenKey } from './program.ts';
import { hour, minute } from './rates.ts';
import { callTimeoutMs, retry } from './retry.ts';

const beatKey = (job: string) => `heartbeat:${job}`;
/** A heartbeat that is older than this catches a person's eye. */
const staleMs = 2 * hour;
const renewBeforeMs = 5 * minute;
const breaker = { failures: 3, openMs: minute, openMsMax: 30 * minute };

export class Script implements Program {
  #hopeless = new Set<string>();

  readonly inhabitant: Inhabitant = (habitat) => {
    const tokens = new Tokens(habitat, (grant) => this.#hopeless.add(grant));
    const guards = new Map<string, Guard>();
    for (const job of jobs) {
      // A run after the other.
      let queue = Promise.resolve();
      const wait = () => {
        const due = dueAfter(job, habitat.clock.now());
        habitat.clock.at(due, () => {
          wait();
          queue = queue.then(() => new Run(job, due, habitat, tokens, guards).run()).catch(() => {});
        });
      };
      wait();
    }
  };

  look(machine: Machine): string[] {
    const beats = new Map(machine.rows('heartbeat:').map(({ key, json }) => [key, JSON.parse(json).at as number]));
    const isStale = jobs.some(({ name }) => machine.now() - (beats.get(beatKey(name)) ?? 0) > staleMs);
    if (!isStale) return [];
    const hopeless = [...this.#hopeless];
    this.#hopeless.clear();
    return looked(machine, hopeless);
  }
}

class Run {
  readonly #job: Job;
  readonly #due: number;
  readonly #habitat: Habitat;
  readonly #tokens: Tokens;
  readonly #guards: Map<string, Guard>;

  constructor(job: Job, due: number, habitat: Habitat, tokens: Tokens, guards: Map<string, Guard>) {
    this.#job = job;
    this.#due = due;
    this.#habitat = habitat;
    this.#tokens = tokens;
    this.#guards = guards;
  }

  async run(): Promise<void> {
    const { clock, store } = this.#habitat;
    for (const part of this.#job.parts) {
      await slept(clock, part.worksMs);
      await this.#call(part);
    }
    await store.write([[beatKey(this.#job.name), JSON.stringify({ at: clock.now() })]]).catch(() => {});
  }

  async #call(part: Part): Promise<void> {
    const { clock } = this.#habitat;
    const guard = this.#guards.get(part.service) ?? new Guard(this.#habitat);
    this.#guards.set(part.service, guard);
    for (let attempt = 1; ; attempt++) {
      try {
        const authorization = await this.#tokens.headers(tokenOf[part.service]);
        await guard.permitted();
        const answer = await this.#asked(part, authorization);
        const text = await answer.text();
        if (answer.status === 401) this.#tokens.rejected(tokenOf[part.service], authorization);
        if (answer.ok && text !== '') return guard.succeeded();
        const failure = new Refusal(part.service, answer);
        if (answer.status >= 500) guard.failed();
        else guard.answered();
        throw failure;
      } catch (error) {
        if (!(error instanceof Refusal) && !(error instanceof TokenTrouble)) guard.failed();
        if (attempt >= retry.tries) throw error;
        const waitMs = Math.min(retry.capMs, retry.baseMs * 2 ** (attempt - 1));
        const floorMs = error instanceof Refusal ? error.retryAfterMs : 0;
        await slept(clock, Math.max(waitMs, floorMs) * (1 + this.#habitat.random() / 2));
      }
    }
  }

  #asked(part: Part, authorization: Record<string, string>): Promise<Response> {
    const { path, body } = requestOf(this.#job, part, this.#due);
    return this.#habitat.fetch(`${urlOf(part.service)}${path}`, {
      method: 'POST',
      headers: { ...authorization, 'idempotency-key': `${this.#job.name}-${this.#due}-${part.name}` },
      body,
      signal: AbortSignal.timeout(callTimeoutMs),
    });
  }
}

class Refusal extends Error {
  readonly retryAfterMs: number;

  constructor(service: string, { status, headers }: Response) {
    super(`${service}: ${status}`);
    this.retryAfterMs = 1_000 * Number(headers.get('retry-after') ?? 0);
  }
}

class TokenTrouble extends Error {}

/** The breaker of one service. */
class Guard {
  readonly #habitat: Habitat;
  #failures = 0;
  #openUntil = 0;
  #openMs = breaker.openMs;
  #isOpen = false;

  constructor(habitat: Habitat) {
    this.#habitat = habitat;
  }

  /** Resolves once a call may be made. */
  async permitted(): Promise<void> {
    const { clock } = this.#habitat;
    while (this.#isOpen) {
      const now = clock.now();
      if (now >= this.#openUntil) {
        // It goes first: the others wait for what comes of it.
        this.#openUntil = now + 2 * callTimeoutMs;
        return;
      }
      await slept(clock, Math.min(this.#openUntil - now, minute) + 1_000 * this.#habitat.random());
    }
  }

  succeeded(): void {
    this.answered();
    this.#openMs = breaker.openMs;
  }

  /** It is there, whatever it said. */
  answered(): void {
    this.#failures = 0;
    this.#isOpen = false;
  }

  failed(): void {
    this.#failures += 1;
    if (!this.#isOpen && this.#failures < breaker.failures) return;
    this.#openUntil = this.#habitat.clock.now() + this.#openMs;
    this.#openMs = Math.min(breaker.openMsMax, 2 * this.#openMs);
    this.#isOpen = true;
  }
}

interface Token {
  access: string;
  expiresAt: number;
}

class Tokens {
  readonly #habitat: Habitat;
  readonly #invalid: (grant: string) => void;
  readonly #tokens = new Map<string, Token>();
  readonly #refreshes = new Map<string, Promise<Token>>();

  constructor(habitat: Habitat, invalid: (grant: string) => void) {
    this.#habitat = habitat;
    this.#invalid = invalid;
  }

  /** @throws {TokenTrouble} when there is none at present */
  async headers(token: string | undefined): Promise<Record<string, string>> {
    if (token === undefined) return {};
    if (token === 'llm') return { authorization: `Bearer ${llmKey}` };
    const known = this.#tokens.get(token);
    const isGood = known && known.expiresAt - renewBeforeMs > this.#habitat.clock.now();
    const { access } = isGood ? known : await this.#refresh(token);
    return { authorization: `Bearer ${access}` };
  }

  rejected(token: string | undefined, { authorization }: Record<string, string>): void {
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (known && authorization === `Bearer ${known.access}`) known.expiresAt = 0;
  }

  #refresh(token: string): Promise<Token> {
    const underWay = this.#refreshes.get(token);
    if (underWay) return underWay;
    const refresh = this.#refreshed(token).finally(() => this.#refreshes.delete(token));
    this.#refreshes.set(token, refresh);
    return refresh;
  }

  async #refreshed(token: string): Promise<Token> {
    const { store, clock } = this.#habitat;
    try {
      const asked = clock.now();
      const before = await readToken(this.#habitat, token);
      const { file, livesMs } = await refreshed(this.#habitat, token, before, AbortSignal.timeout(callTimeoutMs));
      await store.write([[tokenKey(token), JSON.stringify(file)]]).catch(() => {});
      const known = { access: file.access, expiresAt: asked + livesMs };
      this.#tokens.set(token, known);
      return known;
    } catch (error) {
      if (/invalid_grant/.test(String(error))) this.#invalid(token);
      throw new TokenTrouble(token, { cause: error });
    }
  }
}

function slept(clock: Habitat['clock'], ms: number): Promise<void> {
  return new Promise((awake) => clock.after(ms, awake));
}
