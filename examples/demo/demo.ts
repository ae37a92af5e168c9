/**
 * The demo: the six jobs against the hostile world, for some minutes. The service is killed now and then with SIGKILL, once while the
 * scraper is on page seven, and started again. At the end the judge says what was done that must not be.
 */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Random, seededRandom } from '../../src/random.ts';
import { apiKey } from '../hostile-world/apis.ts';
import { type Fact, judge, type Violation } from '../hostile-world/judge.ts';
import type { Arrival } from '../hostile-world/record.ts';
import { scaled } from '../hostile-world/scale.ts';
import { openWorld, type World } from '../hostile-world/world.ts';
import { Healer, type Healing, seconds } from './healing.ts';
import { type DemoHours, hoursOf } from './hours.ts';
import { factIn } from './lines.ts';
import { MailServer } from './mail-server.ts';
import { findProgram } from './programs.ts';
import { ServiceProcess } from './service-process.ts';
import { type Found, factsIn, readStore } from './store.ts';

export interface DemoOptions {
  durationMs: number;
  seed: number;
  /** Ends it early, and cleanly. */
  signal: AbortSignal;
  /** One line of the story. */
  tell: (who: string, what: string) => void;
}

export interface DemoOutcome {
  violations: readonly Violation[];
  healed: ReadonlyMap<Healing, number>;
  requests: number;
  /** Requests that met with anything but a good answer. */
  hostile: number;
  accounts: Found['accounts'];
  /** Jobs that could not take part, and why. */
  leftOut: readonly string[];
  /** The exit code of the service at its end, and what it wrote besides its log. */
  exit: number | null;
  complaints: readonly string[];
  /** Where the evidence is: the world's record and the service's log. Gone when there was no violation. */
  folder: string;
}

/** As the configuration of the jobs has it. */
const budgets = new Map([['social', { limit: 8, periodMs: 60_000 }]]);
const clients = ['studio', 'social', 'office'];
/** Before the end the world calms down, and everything has to get well. */
const calmShare = 0.15;
const calmMsMax = 15_000;
/** Longer than from one look into the mailbox to the next. */
const mailGoneMs = 10_000;

export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  const demo = new Demo(options);
  try {
    return await demo.run();
  } finally {
    await demo.clear();
  }
}

class Demo {
  readonly #options: DemoOptions;
  readonly #random: Random;
  readonly #folder = mkdtempSync(join(tmpdir(), 'nightshift-demo-'));
  readonly #facts: Fact[] = [];
  readonly #leftOut: string[] = [];
  readonly #healer: Healer;
  readonly #hours: DemoHours;
  readonly #startedAt = Date.now();
  #world: World | undefined;
  #mail: MailServer | undefined;
  #service: ServiceProcess | undefined;
  /** Set while a request of page seven should be the last thing that the service does. */
  #killOnPageSeven = false;
  #pageSeven: (() => void) | undefined;
  /** Requests of the portal from here on came after a kill on page seven. */
  #resumesFrom: number | undefined;
  #isKept = false;

  constructor(options: DemoOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#hours = hoursOf(this.#startedAt);
    this.#healer = new Healer(options.tell);
  }

  async run(): Promise<DemoOutcome> {
    const { durationMs, signal, tell } = this.#options;
    const endsAt = this.#startedAt + durationMs;
    const calmAt = endsAt - Math.min(calmMsMax, durationMs * calmShare);
    this.#world = await this.#openWorld();
    const service = await this.#openService();
    await service.start();
    tell('demo', `the service is up; the world is at ${this.#world.url}`);
    await Promise.all([this.#killNowAndThen(service, calmAt), this.#bringMail(calmAt)]);
    if (!signal.aborted) tell('demo', 'the world calms down: everything has to get well now');
    this.#world.calm();
    await this.#pause(endsAt - Date.now());
    const exit = await service.end('SIGTERM');
    tell('demo', `the service was stopped, with exit code ${exit}`);
    return this.#outcome(service, exit);
  }

  async clear() {
    await this.#service?.end('SIGKILL');
    await this.#mail?.close();
    await this.#world?.close();
    if (!this.#isKept) rmSync(this.#folder, { recursive: true, force: true });
  }

  #openWorld(): Promise<World> {
    const { durationMs, seed } = this.#options;
    const day = scaled('24h');
    const midnight = this.#startedAt + Math.min(75_000, durationMs * 0.4);
    return openWorld({
      seed,
      clients,
      allowances: {
        // Most of it was used up yesterday evening; it is filled up at midnight.
        video: { limit: 60, periodMs: day, resetsAt: midnight, spent: 58 },
        cerebras: { limit: 8, periodMs: scaled('1h'), resetsAt: this.#startedAt + scaled('1h') },
      },
      onArrival: (arrival) => this.#arrived(arrival),
    });
  }

  async #openService(): Promise<ServiceProcess> {
    const grants = this.#world?.grants;
    const log = join(this.#folder, 'service.jsonl');
    const service = new ServiceProcess({
      data: join(this.#folder, 'data'),
      env: {
        ...this.#hours.env,
        ...(await this.#programs()),
        WORLD_URL: this.#world?.url ?? '',
        API_KEY: apiKey,
        CLIENT_SECRET: 'the-secret-of-the-clients',
        STUDIO_REFRESH: grants?.get('studio') ?? '',
        SOCIAL_REFRESH: grants?.get('social') ?? '',
        // What a killed browser leaves behind goes with the folder.
        TMPDIR: this.#folder,
      },
      onLine: (line) => {
        appendFileSync(log, `${JSON.stringify(line)}\n`);
        const fact = factIn(line);
        if (fact) this.#facts.push(fact);
        this.#healer.read(line);
      },
    });
    this.#service = service;
    return service;
  }

  /** What the jobs are told of programs; those that need one that is not there are left out. */
  async #programs(): Promise<Record<string, string>> {
    const env: Record<string, string> = {};
    const chromium = findProgram(['chromium', 'chromium-browser', 'google-chrome']);
    if (chromium) env.CHROMIUM = chromium;
    else this.#leaveOut('scraper', 'there is no chromium, chromium-browser or google-chrome');
    const dovecot = findProgram(['dovecot']);
    if (!dovecot) this.#leaveOut('mailbox', 'there is no dovecot');
    else {
      try {
        this.#mail = await MailServer.open(dovecot);
        Object.assign(env, this.#mail.env);
      } catch (error) {
        this.#leaveOut('mailbox', (error as Error).message);
      }
    }
    return env;
  }

  #leaveOut(job: string, why: string) {
    this.#leftOut.push(`${job}: ${why}`);
    this.#options.tell(job, `is left out: ${why}`);
  }

  #arrived(arrival: Arrival) {
    if (arrival.service !== 'portal') return;
    const isPageSeven = arrival.path === '/catalogue?page=7';
    if (this.#resumesFrom !== undefined) {
      this.#resumesFrom = undefined;
      if (isPageSeven) {
        this.#healer.note('pageSeven');
        this.#options.tell('scraper', 'went on with page seven, and did not log in again');
      } else this.#options.tell('scraper', `began again with ${arrival.path}: that is wrong`);
    }
    if (isPageSeven && this.#killOnPageSeven) this.#pageSeven?.();
  }

  /** Kills the service at random, and each time that the scraper comes to page seven after a random kill. */
  async #killNowAndThen(service: ServiceProcess, until: number) {
    this.#killOnPageSeven = true;
    while (!this.#options.signal.aborted) {
      const left = until - Date.now();
      const life = 12_000 + this.#random() * 15_000;
      const onPageSeven = await this.#untilPageSeven(Math.min(life, left));
      if (this.#options.signal.aborted || until - Date.now() <= 0) return;
      this.#killOnPageSeven = !onPageSeven;
      await this.#killAndRestart(service, onPageSeven);
    }
  }

  async #untilPageSeven(ms: number): Promise<boolean> {
    const reached = Promise.withResolvers<boolean>();
    this.#pageSeven = () => reached.resolve(true);
    const over = new AbortController();
    const isReached = await Promise.race([reached.promise, this.#pause(ms, over.signal).then(() => false)]);
    over.abort();
    this.#pageSeven = undefined;
    return isReached;
  }

  async #killAndRestart(service: ServiceProcess, onPageSeven: boolean) {
    const { tell } = this.#options;
    await service.end('SIGKILL');
    const killedAt = Date.now();
    if (onPageSeven) this.#resumesFrom = killedAt;
    tell('demo', onPageSeven ? 'KILL -9, with the scraper on page seven' : 'KILL -9');
    const found = readStore(join(this.#folder, 'data/nightshift.db'));
    this.#facts.push(...factsIn(found, killedAt));
    await service.start();
    this.#healer.note('killed');
    tell('demo', `the service is back after ${seconds(Date.now() - killedAt)}`);
    for (const { engine, state } of found.accounts) {
      const steps = Object.keys(engine.run?.steps ?? {});
      if (!engine.run || steps.length === 0) continue;
      this.#healer.note('resumed');
      tell(engine.id, `goes on after '${steps.at(-1)}'${state.startsWith('held') ? ', and still waits' : ''}`);
    }
  }

  /** New mail now and then; and once the mail server is gone for a while. */
  async #bringMail(until: number) {
    const mail = this.#mail;
    if (!mail) return;
    const goneAt = this.#startedAt + (until - this.#startedAt) * 0.4;
    let wasGone = false;
    while (Date.now() < until && !this.#options.signal.aborted) {
      mail.deliver(`Question number ${mail.delivered + 1}`);
      if (!wasGone && Date.now() > goneAt) {
        wasGone = true;
        await mail.stop();
        this.#healer.mailGone();
        this.#options.tell('demo', `the mail server is stopped for ${seconds(mailGoneMs)}`);
        await this.#pause(mailGoneMs);
        await mail.start();
        this.#options.tell('demo', 'the mail server is back');
      }
      await this.#pause(Math.min(4_000 + this.#random() * 4_000, until - Date.now()));
    }
  }

  #outcome(service: ServiceProcess, exit: number | null): DemoOutcome {
    const arrivals = this.#world?.arrivals ?? [];
    const { accounts } = readStore(join(this.#folder, 'data/nightshift.db'));
    const violations = judge({ arrivals, facts: this.#facts, closed: this.#hours.closed, budgets, accounts });
    this.#isKept = violations.length > 0;
    if (this.#isKept) {
      for (const arrival of arrivals) {
        appendFileSync(join(this.#folder, 'world.jsonl'), `${JSON.stringify(arrival)}\n`);
      }
    }
    return {
      violations,
      healed: this.#healer.counts,
      requests: arrivals.length,
      hostile: arrivals.filter(({ mood, status }) => mood !== 'well' || status >= 400).length,
      accounts,
      leftOut: this.#leftOut,
      exit,
      complaints: service.complaints,
      folder: this.#folder,
    };
  }

  async #pause(ms: number, signal?: AbortSignal): Promise<void> {
    const over = signal ? AbortSignal.any([this.#options.signal, signal]) : this.#options.signal;
    await wait(Math.max(0, ms), null, { signal: over }).catch(() => {});
  }
}
