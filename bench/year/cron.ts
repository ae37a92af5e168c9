/**
 * The jobs of the comparison as cron lines and scripts: a new process for each due time, which knows what is in files and
 * nothing else.
 *
 * - A lock file keeps a second script of the same job away. A script that is killed leaves it behind, and nobody starts that job
 *   again until a person has taken it away.
 * - What goes wrong is tried again at once, three times. Whatever the service says of waiting is not heard.
 * - A token comes from a file. A script that gets a 401 refreshes it and writes the file; two of them at once do so twice.
 * - There is no limit on a call's time but that of the HTTP client, five minutes.
 * - An empty answer is an answer: the script ends, with exit code 0.
 * - What a script says on its way down goes to a mailbox that nobody reads.
 */
import type { Habitat, Inhabitant } from '../../src/testing/world/inhabitant.ts';
import { never } from '../../src/testing/world/life.ts';
import { dueAfter, grants, type Job, jobs, llmKey, type Part, requestOf, tokenOf, urlOf } from './jobs.ts';
import { looked, type Machine, type Program, readToken, refreshed, tokenKey } from './program.ts';

const triesAtOnce = 4;
const clientTimeoutMs = 300_000;
const lockKey = (job: string) => `lock:${job}`;

export class Cron implements Program {
  readonly #running = new Map<string, Script>();
  readonly #unlink: (file: string) => void;
  /** Grants that a token server has called invalid, as the mailbox says that nobody reads until they look. */
  readonly #hopeless = new Set<string>();

  /** @param unlink takes a file away, which works on a full disk as well */
  constructor(unlink: (file: string) => void) {
    this.#unlink = unlink;
  }

  readonly inhabitant: Inhabitant = (habitat) => {
    this.#running.clear();
    for (const job of jobs) this.#wait(job, habitat);
  };

  killed(job: string): void {
    const script = this.#running.get(job);
    if (!script) return;
    script.isAlive = false;
    this.#running.delete(job);
  }

  /** Whoever looks finds the locks of scripts that do not run any more, and reads what they left in the mailbox. */
  look(machine: Machine): string[] {
    const stale = machine.rows('lock:').filter(({ key }) => !this.#running.has(key.slice('lock:'.length)));
    for (const { key } of stale) machine.put(key, null);
    const fixes = [...stale.map(() => 'lock'), ...looked(machine, [...this.#hopeless])];
    this.#hopeless.clear();
    return fixes;
  }

  #wait(job: Job, habitat: Habitat): void {
    const { clock } = habitat;
    const due = dueAfter(job, clock.now());
    clock.at(due, () => {
      this.#wait(job, habitat);
      void this.#start(job, due, habitat);
    });
  }

  async #start(job: Job, due: number, habitat: Habitat): Promise<void> {
    const { store } = habitat;
    if ((await store.get(lockKey(job.name))) !== undefined) return;
    const script = new Script(job, due, habitat, (grant) => this.#hopeless.add(grant));
    try {
      await store.write([[lockKey(job.name), JSON.stringify({ since: due })]]);
    } catch {
      return;
    }
    this.#running.set(job.name, script);
    await script.run().catch(() => {});
    this.#running.delete(job.name);
    this.#unlink(lockKey(job.name));
  }
}

class Script {
  isAlive = true;
  readonly #job: Job;
  readonly #due: number;
  readonly #habitat: Habitat;
  readonly #invalid: (grant: string) => void;

  constructor(job: Job, due: number, habitat: Habitat, invalid: (grant: string) => void) {
    this.#job = job;
    this.#due = due;
    this.#habitat = habitat;
    this.#invalid = invalid;
  }

  async run(): Promise<void> {
    for (const part of this.#job.parts) {
      await this.#sleep(part.worksMs);
      if ((await this.#call(part)) === '') return;
    }
  }

  async #call(part: Part): Promise<string> {
    let last: unknown;
    for (let attempt = 1; attempt <= triesAtOnce; attempt++) {
      try {
        return await this.#once(part);
      } catch (error) {
        last = error;
      }
    }
    throw last;
  }

  async #once(part: Part): Promise<string> {
    const token = tokenOf[part.service];
    const answer = await this.#asked(part, token === undefined ? {} : await this.#authorization(token));
    if (answer.status === 401 && token !== undefined) await this.#refresh(token);
    if (!answer.ok) throw new Error(`${part.service}: ${answer.status}`);
    return this.#lives(answer.text());
  }

  #asked(part: Part, headers: Record<string, string>): Promise<Response> {
    const { path, body } = requestOf(this.#job, part, this.#due);
    return this.#lives(
      this.#habitat.fetch(`${urlOf(part.service)}${path}`, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(clientTimeoutMs),
      }),
    );
  }

  async #authorization(token: string): Promise<Record<string, string>> {
    const access = token === 'llm' ? llmKey : (await this.#lives(readToken(this.#habitat, token))).access;
    return { authorization: `Bearer ${access}` };
  }

  async #refresh(token: string): Promise<void> {
    const file = await this.#lives(readToken(this.#habitat, token));
    try {
      const { file: next } = await this.#lives(
        refreshed(this.#habitat, token, file, AbortSignal.timeout(clientTimeoutMs)),
      );
      await this.#lives(this.#habitat.store.write([[tokenKey(token), JSON.stringify(next)]]));
    } catch (error) {
      if (/invalid_grant/.test(String(error)) && (grants as readonly string[]).includes(token)) this.#invalid(token);
      throw error;
    }
  }

  #sleep(ms: number): Promise<void> {
    return this.#lives(new Promise<void>((awake) => this.#habitat.clock.after(ms, awake)));
  }

  /** What a script that was killed waits for never comes. */
  async #lives<T>(promise: Promise<T>): Promise<T> {
    try {
      const value = await promise;
      return this.isAlive ? value : await never<T>();
    } catch (error) {
      if (this.isAlive) throw error;
      return never();
    }
  }
}
