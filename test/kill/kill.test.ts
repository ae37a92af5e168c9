/**
 * Kills the real service with SIGKILL at random instants, and believes only the server it calls and the bytes
 * in its store. KILL_SEED repeats a round's chance; KILLS sets how many times it is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeKey } from '../../src/actors/effects/step-place.ts';
import { nextDue } from '../../src/policies/schedule.ts';
import { seededRandom } from '../../src/random.ts';
import { type HostileServer, openHostileServer, type Recorded } from './hostile-server.ts';
import { StoreReader } from './records.ts';

const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
const kills = Number(process.env.KILLS ?? 50);
const engines = ['ada', 'bob', 'cyd', 'dan', 'eve', 'fay'];
/** Where secrets belong: files that only their owner may read. */
const secretFiles = ['vault.key', 'api.token'];
const root = join(import.meta.dirname, '../..');

describe(`killed ${kills} times (KILL_SEED=${seed})`, () => {
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'nightshift-kill-'));
  /** Where it keeps what V8 makes of its sources: nothing at first. */
  const temporary = mkdtempSync(join(tmpdir(), 'nightshift-kill-compiled-'));
  /** Files of those after the last kill. */
  let compiled = 0;
  const store = new StoreReader(join(folder, 'nightshift.db'));
  const faults: Record<string, string[]> = {};
  const fault = (kind: string, what: string) => {
    faults[kind] = [...(faults[kind] ?? []), what];
  };
  /** Keys of steps whose results were on disk, and when that was seen, by key. */
  const finished = new Map<string, number>();
  /** Deadlines by address and timer: by ticket, and by everything else that the record says. */
  const deadlines = new Map<string, number>();
  /** How often a deadline was still the same after a kill. */
  let kept = 0;
  let lives = 0;
  let server: HostileServer;
  let output = '';
  let child: ChildProcess;

  function start() {
    lives += 1;
    const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
    const command = ['src/main.ts', 'start', '--config', 'test/kill/jobs.config.ts', '--data', folder, '--port', '0'];
    child = spawn(process.execPath, [...flags, ...command], {
      cwd: root,
      env: {
        ...process.env,
        KILL_URL: server.url,
        KILL_SECRET: 'kill-secret-canary',
        KILL_LIFE: `${lives}`,
        TMPDIR: temporary,
        NODE_COMPILE_CACHE: undefined,
        NODE_OPTIONS: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }

  function arrived(request: Recorded) {
    const { engine, run, step, key, n, at } = request;
    const record = store.engine(engine);
    const context = record?.context;
    const what = `request ${n}: ${engine} ${run} ${step}`;
    // A job that ignores its signal may call once more when its run is over; its cause was on disk before.
    if (context?.run?.id !== run && engine !== 'fay')
      fault('before its cause', `${what}; on disk is ${context?.run?.id}`);
    if (key !== placeKey(run, step)) fault('key', `${what}: ${key}`);
    const breaker = store.breaker(engine);
    if (breaker?.value === 'open' || breaker?.value === 'isolated') {
      const { openedAt, reason } = breaker.context;
      fault('open breaker', `${what} (life ${request.life}) at ${at}; open since ${openedAt}: ${reason}`);
    }
    if (request.tokenExpired) fault('expired token', what);
    if (finished.has(key)) fault('again', `${what}, on disk since ${finished.get(key)}`);
    for (const done of Object.keys(context?.run?.steps ?? {})) finished.set(placeKey(context?.run?.id ?? '', done), at);
    const answered = server.requests.find((other) => other.key === key && other.answeredAt !== null);
    if (answered && answered.life === request.life && answered.attempt === request.attempt) {
      fault('again in one attempt', `${what} after request ${answered.n}`);
    }
  }

  function firstCall(): Promise<void> {
    return new Promise((called) => {
      server.onArrival = (request) => {
        arrived(request);
        called();
      };
    });
  }

  /** Every secret that the service has had in its hands: configured, obtained, or made by itself. */
  function secrets(): string[] {
    const own = secretFiles
      .map((name) => join(folder, name))
      .filter((file) => existsSync(file))
      .map((file) => readFileSync(file, 'utf8').trim());
    return ['kill-secret-canary', ...own, ...new Set(server.requests.map(({ token }) => token))].filter(Boolean);
  }

  function searchForSecrets(where: string, text: string) {
    for (const secret of secrets()) if (text.includes(secret)) fault('secret', `${secret} in ${where}`);
  }

  /** What the bytes say while the service is dead. */
  function audit() {
    // Whoever reads a file of an open database by itself gives up the locks on it: the next service would cut the file short.
    store.close();
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || secretFiles.includes(entry.name)) continue;
      searchForSecrets(entry.name, readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    }
    searchForSecrets('the log', output);
    for (const [address, state] of store.all()) {
      const { timers, value, context } = state;
      for (const [id, { ticket, dueAt }] of Object.entries(timers)) {
        for (const since of [ticket, JSON.stringify([value, context])]) {
          const timer = `${address} ${id} ${since}`;
          const before = deadlines.get(timer);
          if (before === dueAt) kept += 1;
          else if (before !== undefined) fault('moved deadline', `${timer}: ${before} → ${dueAt}`);
          deadlines.set(timer, dueAt);
        }
      }
    }
    for (const name of engines) {
      const run = store.engine(name)?.context.run;
      for (const [step, kept] of Object.entries(run?.steps ?? {})) {
        const { run: of, step: at, request } = kept as { run: string; step: string; request: number };
        if (of !== run?.id || at !== step) fault('answer of another run', `${name} ${run?.id} ${step}: ${of} ${at}`);
        if (server.requests[request]?.key !== placeKey(run?.id ?? '', step)) fault('foreign answer', `${name} ${step}`);
        finished.set(placeKey(run?.id ?? '', step), Date.now());
      }
    }
  }

  beforeAll(async () => {
    console.log(`KILL_SEED=${seed}`);
    server = await openHostileServer(random);
    for (let kill = 0; kill < kills; kill++) {
      start();
      const gone = once(child, 'exit');
      // One in five dies while it starts, the others some time after their first call.
      if (random() < 0.2) await wait(random() * 800);
      else await Promise.race([firstCall(), gone]).then(() => wait(random() * 900));
      child.kill('SIGKILL');
      const [code, signal] = await gone;
      if (signal !== 'SIGKILL') throw new Error(`it ended by itself with ${code ?? signal}:\n${output.slice(-4_000)}`);
      audit();
    }
    compiled = readdirSync(temporary, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length;
    server.calm();
    start();
    const gone = once(child, 'exit');
    const since = Date.now();
    const settled = () =>
      engines.every((name) => {
        const last = store.engine(name)?.context.last;
        return last?.result === 'success' && last.endedAt > since + 1_000;
      });
    for (let tries = 0; tries < 300 && !settled(); tries++) await wait(100);
    const { url } = JSON.parse(readFileSync(join(folder, 'api.json'), 'utf8')) as { url: string };
    for (const path of ['', ...store.all().keys()]) {
      const answer = await fetch(`${url}/api/actors${path && `/${path}`}`);
      searchForSecrets(`the answer for ${path}`, await answer.text());
    }
    child.kill('SIGTERM');
    const [code] = await gone;
    if (code !== 0) throw new Error(`SIGTERM ended it with ${code}:\n${output.slice(-4_000)}`);
    audit();
  }, 900_000);

  afterAll(async () => {
    child.kill('SIGKILL');
    await server.close();
    store.close();
    for (const each of [folder, temporary]) rmSync(each, { recursive: true });
  });

  it('heals by itself once the world is calm', () => {
    for (const name of engines) expect(store.engine(name)?.context.last?.result, name).toBe('success');
  });

  it('was tried enough to mean something', () => {
    expect(server.requests.length).toBeGreaterThan(kills * 3);
    expect(new Set(server.requests.map(({ answer }) => answer)).size).toBe(7);
    const retried = [...Map.groupBy(server.requests, ({ key }) => key).values()].filter((same) => same.length > 1);
    expect(retried.length).toBeGreaterThan(kills / 5);
    expect(finished.size).toBeGreaterThan(kills);
    expect(kept).toBeGreaterThan(kills / 2);
    // Closed, opened and closed again: a breaker that never opened could be passed by nobody.
    expect(engines.reduce((sum, name) => sum + (store.breaker(name)?.context.epoch ?? 0), 0)).toBeGreaterThan(
      kills / 25,
    );
  });

  it.each([
    ['does no finished step again', 'again'],
    ['does no answered step again unless a kill or the end of an attempt cut it off', 'again in one attempt'],
    ['repeats a cut-off step under the same idempotency key', 'key'],
    ['moves no deadline', 'moved deadline'],
    ['calls nobody before the cause is on disk', 'before its cause'],
    ['passes no open breaker', 'open breaker'],
    ['carries no expired token', 'expired token'],
    ['counts no answer of another run', 'answer of another run'],
    ['keeps no answer to another request', 'foreign answer'],
  ])('%s', (_, kind) => {
    expect(faults[kind] ?? []).toEqual([]);
  });

  it('keeps what was compiled, though it never came to its end', () => {
    expect(compiled).toBeGreaterThan(200);
  });

  it.each(engines)('settles every due time of %s exactly once', (name) => {
    const { anchorAt, settings, due } = store.engine(name)?.context ?? expect.fail('no record');
    const { schedule } = settings;
    if (!schedule || !due) return expect.fail('no schedule');
    const covered = store
      .ledger(`engine/${name}`)
      .flatMap((entry) => (entry.due ? [{ ...entry.due, outcome: entry.outcome }] : []))
      .sort((a, b) => a.from - b.from);
    let expected = nextDue(schedule, anchorAt, anchorAt - 1);
    for (const { from, to } of covered) {
      expect(from, 'the next due time, no other').toBe(expected);
      expected = nextDue(schedule, anchorAt, to);
    }
    const run = store.engine(name)?.context.run;
    if (run?.trigger === 'schedule') {
      expect(run.dueAt).toBe(expected);
      expected = nextDue(schedule, anchorAt, run.dueAt);
    }
    expect(due.at).toBe(expected);
  });

  it('lets no secret into the store, the log or an answer', () => {
    expect(secrets().length).toBeGreaterThan(5);
    expect(faults.secret ?? []).toEqual([]);
  });
});
