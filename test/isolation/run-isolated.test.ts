/**
 * Isolated runs: real processes under the real host, and what is left of a run when its process is gone.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigDefinition } from 'nightshift';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeKey } from '../../src/actors/effects/step-place.ts';
import { processOf } from '../../src/processes/process-table.ts';
import { HttpServer, inTurn, json, ok, silence } from '../actors/effects/http-server.ts';
import { Workplace } from '../actors/effects/workplace.ts';
import { eventually } from '../eventually.ts';

let place: Workplace;
let folder: string;
let server: HttpServer;
let count = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-isolation-'));
  server = await HttpServer.open();
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const file = (name: string) => join(folder, name);
const lines = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8').trim().split('\n') : []);
const begun = async (count: number) => {
  await eventually(`${count} processes`, () => lines('pids').length === count);
  return Number(lines('pids').at(-1));
};
const failed = () => place.reached('engine/alone', ({ context: { failure } }) => failure !== null);

interface Parts {
  /** The body of the job's run, an async function of `scope`. */
  run: string;
  options?: string;
  config?: string;
  engines?: string;
}

/** The job as a module, which the process of its run loads too. It notes each pid, and `note(line)` notes more. */
async function definitionOf({ run, options = '', config = '', engines = '' }: Parts): Promise<ConfigDefinition> {
  count += 1;
  const name = file(`config-${count}.mjs`);
  writeFileSync(
    name,
    `import { appendFileSync } from 'node:fs';
     const note = (line) => appendFileSync(${JSON.stringify(file('notes'))}, line + '\\n');
     const shop = { url: ${JSON.stringify(server.url)}, timeout: '5s', breaker: { failures: 100, of: 100, atLeast: 100 } };
     export default {
       services: { shop },
       ${config}
       engines: [
         {
           id: 'alone',
           isolate: 'process',
           retry: { tries: 2, base: '1s', jitter: 'none' },
           maxFailures: 99,
           ${options}
           async run(scope) {
             const { step, service, signal, lastGood, log } = scope;
             appendFileSync(${JSON.stringify(file('pids'))}, process.pid + '\\n');
             ${run}
           },
         },
         ${engines}
       ],
     };`,
  );
  return ((await import(pathToFileURL(name).href)) as { default: ConfigDefinition }).default;
}

async function open(parts: Parts): Promise<void> {
  const definition = await definitionOf(parts);
  place = new Workplace(definition);
  place.configFile = file(`config-${count}.mjs`);
  await place.opened();
}

// Some wait for real processes several times, and each wait gives up before the test does.
describe('an isolated run', { timeout: 180_000 }, () => {
  it('has a process of its own, which is gone when it is over', async () => {
    await open({ run: 'return process.pid;' });
    const { lastGood } = await place.run('alone');
    expect(lastGood).not.toBe(process.pid);
    expect(processOf(lastGood as number)).toBeUndefined();
  });

  it('is given what it was due, what its last success returned, and its id', async () => {
    await open({ run: 'return { before: lastGood?.id ?? null, id: scope.runId, dueAt: scope.dueAt };' });
    const first = await place.run('alone');
    const { lastGood, last } = await place.run('alone');
    expect(lastGood).toEqual({
      before: (first.lastGood as { id: string }).id,
      id: last?.run,
      dueAt: place.clock.now(),
    });
  });

  it('goes on after its last finished step when its process crashes', async () => {
    await open({
      run: `
        await step('one', () => { note('one'); return 1; });
        return await step('two', ({ attempt }) => {
          note('two ' + attempt);
          if (attempt === 1) process.kill(process.pid, 'SIGSEGV');
          return attempt;
        });`,
    });
    await place.trigger('alone');
    const { context } = await failed();
    expect(context.failure).toMatchObject({ class: 'recoverable', code: 'SIGNAL_SIGSEGV' });
    await place.clock.advance(1_000);
    await place.reached('engine/alone', ({ context: { last } }) => last?.result === 'success');
    expect(lines('notes')).toEqual(['one', 'two 1', 'two 2']);
    expect(place.at('engine/alone').context.lastGood).toBe(2);
  });

  it('goes on within a step at its latest checkpoint', async () => {
    await open({
      run: `
        return await step('pages', async ({ resume = { page: 0 }, checkpoint }) => {
          for (let page = resume.page + 1; page <= 5; page++) {
            note('page ' + page);
            if (page === 3 && resume.page === 0) process.exit(1);
            await checkpoint({ page });
          }
          return 'read';
        });`,
      options: 'retry: { tries: 1 },',
    });
    // What exits by itself is a bug of its own, so another kind of death is made of it.
    expect((await place.run('alone')).failure).toMatchObject({ class: 'bug', code: 'PROCESS_EXIT' });
    await place[Symbol.asyncDispose]();
    rmSync(file('notes'));
    await open({
      run: `
        return await step('pages', async ({ resume = { page: 0 }, checkpoint }) => {
          for (let page = resume.page + 1; page <= 5; page++) {
            note('page ' + page);
            if (page === 3 && resume.page === 0) process.kill(process.pid, 'SIGKILL');
            await checkpoint({ page });
          }
          return 'read';
        });`,
    });
    await place.trigger('alone');
    await failed();
    await place.clock.advance(1_000);
    await place.reached('engine/alone', ({ context: { last } }) => last?.result === 'success');
    expect(lines('notes')).toEqual(['page 1', 'page 2', 'page 3', 'page 3', 'page 4', 'page 5']);
  });

  it('waits for the services to give way, and goes on after a restart without doing a step twice', async () => {
    await open({
      run: `
        await step('one', async () => { note('one'); });
        await step('two', async () => {
          note('two');
          await (await service('shop').fetch('/two')).text();
        });
        await step('three', () => note('three'));`,
    });
    const held = Promise.withResolvers<void>();
    server.answer = (arrival) => void held.promise.then(() => ok()(arrival));
    await place.trigger('alone');
    await server.arrival(1);
    const restarted = place.restart();
    held.resolve();
    await restarted;
    await place.reached('engine/alone', ({ context: { last } }) => last?.result === 'success');
    expect(lines('notes')).toEqual(['one', 'two', 'three']);
    expect(place.at('engine/alone').context.failure).toBeNull();
  });

  it.each([
    ['throws', "throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });", 'recoverable', 'ECONNRESET'],
    [
      'throws where nobody waits',
      "setImmediate(() => { throw new Error('late'); }); await new Promise(() => {});",
      'bug',
      'Error',
    ],
    [
      'rejects where nobody waits',
      "void Promise.reject(new Error('afloat')); await new Promise(() => {});",
      'bug',
      'Error',
    ],
    ['ends the process', 'process.exit(0);', 'bug', 'PROCESS_EXIT'],
    ['crashes', 'process.abort();', 'recoverable', 'SIGNAL_SIGABRT'],
    ['returns what is no JSON', 'return new Date(0);', 'bug', 'RESULT_NOT_JSON'],
    ['forgets to wait for a step', "void step('one', () => new Promise(() => {}));", 'bug', 'STEP_UNAWAITED'],
    ['names a service that there is not', "service('shopp');", 'bug', 'SERVICE_UNKNOWN'],
    [
      'gives a step an option that there is not',
      "await step('one', () => 1, { timeuot: 1 });",
      'bug',
      'STEP_OPTION_INVALID',
    ],
    [
      'keeps a checkpoint when its step is over',
      "let late; await step('one', ({ checkpoint }) => { late = checkpoint; }); await late(1);",
      'bug',
      'CHECKPOINT_LATE',
    ],
    ['gives a step no name', 'await step(() => 1, () => 1);', 'bug', 'STEP_NAME_INVALID'],
    ['gives two steps one name', "await step('one', () => 1); await step('one', () => 1);", 'bug', 'STEP_NAME_TWICE'],
    ['returns from a step what is no JSON', "await step('one', () => () => 1);", 'bug', 'RESULT_NOT_JSON'],
  ])('that %s fails by that name', async (_, run, name, code) => {
    await open({ run, options: 'retry: { tries: 1 },' });
    const { failure } = await place.run('alone');
    expect(failure).toMatchObject({ class: name, code });
  });

  it('says in its failure where the job threw, and what its process said at last', async () => {
    await open({
      run: "if (lastGood) { console.error('out of paper'); process.kill(process.pid, 'SIGKILL'); } throw new Error('here');",
      options: 'retry: { tries: 1 },',
    });
    expect((await place.run('alone')).failure?.place).toMatch(/config-\d+\.mjs:\d+:\d+$/);
    await place[Symbol.asyncDispose]();
    await open({
      run: "console.error('out of paper'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50); await new Promise(() => {});",
      options: 'retry: { tries: 1 },',
    });
    expect((await place.run('alone')).failure?.message).toContain('It said: out of paper');
  });

  it('is held against what its engine expects', async () => {
    await open({ run: 'return [];', options: 'minOutput: 1,' });
    expect((await place.run('alone')).failure).toMatchObject({ code: 'OUTPUT_UNEXPECTED' });
    await place[Symbol.asyncDispose]();
    await open({ run: 'return 3;', options: "expect: (output) => output > 3 || 'too little'," });
    expect((await place.run('alone')).failure?.message).toContain('too little');
  });

  it('does not hold up the others, whatever it does', async () => {
    await open({
      run: 'for (;;);',
      engines: "{ id: 'other', run: () => 'well' },",
    });
    await place.trigger('alone');
    const pid = await begun(1);
    expect((await place.run('other')).lastGood).toBe('well');
    // Whoever stopped it in good order would wait for it first.
    process.kill(pid, 'SIGKILL');
  });

  it('that computes for ever ends when its time is up, and whatever it has started', async () => {
    await open({
      run: `
        const { spawn } = await import('node:child_process');
        const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
        note(child.pid);
        for (;;);`,
      options: "timeout: '1m',",
    });
    await place.trigger('alone');
    const pid = await begun(1);
    await eventually('its child', () => lines('notes').length === 1);
    await place.clock.advance(60_000);
    const { context } = await failed();
    expect(context.failure).toMatchObject({ class: 'recoverable', code: 'RUN_TIMEOUT' });
    await eventually('the end of both', () => !processOf(pid) && !processOf(Number(lines('notes')[0])));
  });

  it('whose step is deaf for ever is given up when the time of that is up', async () => {
    await open({
      run: "await step('deaf', () => { note('deaf'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); }, { timeout: '10s' });",
    });
    await place.trigger('alone');
    const pid = await begun(1);
    await eventually('the step', () => lines('notes').length === 1);
    await place.clock.advance(10_000);
    await place.clock.advance(5_000);
    const { context } = await failed();
    expect(context.failure).toMatchObject({ class: 'recoverable', code: 'TIMEOUT', step: 'deaf' });
    expect(processOf(pid)).toBeUndefined();
  });

  it('hears in its step that the time of that is up, and goes on', async () => {
    await open({
      run: `
        const late = await step('slow', ({ signal }) => new Promise((_, reject) => {
          note('slow');
          signal.addEventListener('abort', () => reject(signal.reason));
        }), { timeout: '10s' }).catch((error) => error.code);
        return late;`,
    });
    const over = place.run('alone');
    await eventually('the step', () => lines('notes').length === 1);
    await place.clock.advance(10_000);
    expect((await over).lastGood).toBe('TIMEOUT');
  });

  it('that holds too much memory is ended, and fails by that although it heeds its signal', async () => {
    await open({
      run: "const all = []; for (let n = 0; n < 40; n++) all.push(Buffer.alloc(1e7, 1)); note('full'); await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));",
      options: "memory: '300MB',",
    });
    await place.trigger('alone');
    const pid = await begun(1);
    await eventually('the memory', () => lines('notes').length === 1);
    await place.clock.advance(1_000);
    const { context } = await failed();
    expect(context.failure).toMatchObject({ class: 'recoverable', code: 'MEMORY_EXCEEDED' });
    expect(processOf(pid)).toBeUndefined();
  });

  it('makes progress for as long as it prints, in whole lines or not', async () => {
    await open({
      run: `
        const { existsSync, unlinkSync } = await import('node:fs');
        setInterval(() => {
          if (!existsSync(${JSON.stringify(file('print'))})) return;
          unlinkSync(${JSON.stringify(file('print'))});
          process.stdout.write('#');
        }, 10);
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));`,
      options: "progressWithin: '2m', timeout: '1h',",
    });
    await place.trigger('alone');
    await begun(1);
    for (let n = 0; n < 2; n++) {
      await place.clock.advance(90_000);
      writeFileSync(file('print'), '');
      await eventually('two minutes more', () => place.clock.next() === place.clock.now() + 120_000);
    }
    await place.clock.advance(120_000);
    expect((await failed()).context.failure?.code).toBe('RUN_STALLED');
  });

  it('ends although somebody else keeps its output open', async () => {
    // One that has lost its parent, left the group and cleared its environment is found by nobody.
    const leaf = `require('fs').appendFileSync(${JSON.stringify(file('leaf'))}, String(process.pid)); setInterval(() => {}, 1000)`;
    const middle = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(leaf)}], { detached: true, env: {}, stdio: 'inherit' }).unref()`;
    await open({
      run: `
        const { spawnSync } = await import('node:child_process');
        spawnSync(process.execPath, ['-e', ${JSON.stringify(middle)}], { stdio: 'inherit' });
        return 'done';`,
    });
    await place.trigger('alone');
    try {
      await eventually('the daemon', () => lines('leaf').length === 1);
      await eventually('the end of the run', async () => {
        await place.clock.advance(1_000);
        return place.at('engine/alone').context.last;
      });
      expect(place.at('engine/alone').context.lastGood).toBe('done');
    } finally {
      process.kill(Number(lines('leaf')[0]), 'SIGKILL');
    }
  });

  it('sees what the service sees, but not the key of the vault', async () => {
    process.env.NIGHTSHIFT_KEY = 'the-key';
    process.env.NIGHTSHIFT_TEST_OTHER = 'seen';
    await open({ run: 'return [process.env.NIGHTSHIFT_KEY ?? null, process.env.NIGHTSHIFT_TEST_OTHER];' });
    delete process.env.NIGHTSHIFT_KEY;
    expect((await place.run('alone')).lastGood).toEqual([null, 'seen']);
  });
});

describe('a call of an isolated run', () => {
  it('carries the token, and the same idempotency keys in every attempt', async () => {
    server.answer = inTurn(ok({ n: 1 }), json(500), ok({ n: 2 }));
    await open({
      run: `
        const { n } = await (await service('shop').fetch('/outside')).json();
        return await step('one', async () => n + (await (await service('shop').fetch('/inside')).json()).n);`,
      config:
        "tokens: { key: { grant: 'static', secret: 'a-long-secret', header: 'X-Key', scheme: null } }, services: { shop: { ...shop, token: 'key' } },",
    });
    await place.trigger('alone');
    await failed();
    server.answer = ok({ n: 5 });
    await place.clock.advance(1_000);
    const { context } = await place.reached('engine/alone', ({ context: { last } }) => last?.result === 'success');
    expect(context.lastGood).toBe(10);
    const run = context.last?.run as string;
    const keys = server.arrivals.map(({ path, headers }) => [path, headers['idempotency-key'], headers['x-key']]);
    const outside = ['/outside', placeKey(run, null), 'a-long-secret'];
    const inside = ['/inside', placeKey(run, 'one'), 'a-long-secret'];
    expect(keys).toEqual([outside, inside, outside, inside]);
  });

  it('is refused by an open breaker, which hears of every failure', async () => {
    server.answer = json(500);
    await open({
      run: "await service('shop').fetch('/').catch(() => {}); await service('shop').fetch('/').catch(() => {}); await service('shop').fetch('/');",
      config: 'services: { shop: { url: shop.url, breaker: { failures: 2 } } },',
    });
    await place.trigger('alone');
    await place.reached('engine/alone', ({ context: { hold } }) => hold !== null);
    expect(server.arrivals).toHaveLength(2);
    expect(place.at('breaker/shop').value).toBe('open');
  });

  it('is skipped with its step when its service is down and the step may be', async () => {
    server.answer = json(500);
    await open({
      run: `
        await service('shop').fetch('/').catch(() => {});
        const found = await step('extra', async () => (await service('shop').fetch('/')).json(), { whenDown: 'skip' });
        return { found: found ?? 'nothing' };`,
      config: 'services: { shop: { url: shop.url, breaker: { failures: 1 } } },',
    });
    const { lastGood, last } = await place.run('alone');
    expect(lastGood).toEqual({ found: 'nothing' });
    expect(last?.degraded).toEqual(['extra']);
  });

  it.each([
    ['fetch', "service('shop').fetch('/')"],
    ['call', "service('shop').call(({ signal }) => fetch(shop.url, { signal }))"],
  ])('teaches the quota what its answers say: %s', async (_, ask) => {
    server.answer = json(200, {}, { 'ratelimit-remaining': '0', 'ratelimit-reset': '60' });
    await open({ run: `await (await ${ask}).text(); await ${ask};` });
    await place.trigger('alone');
    await place.reached('engine/alone', ({ context: { hold } }) => hold !== null);
    expect(server.arrivals).toHaveLength(1);
    expect(place.at('engine/alone').context.hold?.reason).toContain('shop');
  });

  it('falls back to the next service, with the same key', async () => {
    const other = await HttpServer.open();
    server.answer = json(500);
    await open({
      run: "return await step('ask', async () => (await (await service('llm').fetch('/ask')).json()));",
      config: `services: { shop, other: { ...shop, url: ${JSON.stringify(other.url)} }, llm: { fallback: ['shop', 'other'] } },`,
    });
    const { last } = await place.run('alone');
    expect((await place.ledger('engine/alone')).at(-1)).toMatchObject({
      result: 'success',
      served: { llm: ['other'] },
    });
    const [first] = server.arrivals;
    expect(first?.headers['idempotency-key']).toBe(placeKey(last?.run as string, 'ask'));
    expect(other.arrivals[0]?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    await other.close();
  });

  it('that is never answered ends when the time of its service is up', async () => {
    server.answer = silence;
    await open({ run: "await service('shop').fetch('/');" });
    await place.trigger('alone');
    const { hungUp } = await server.arrival(1);
    await place.clock.advance(5_000);
    const { context } = await failed();
    expect(context.failure).toMatchObject({ class: 'recoverable', code: 'TIMEOUT', service: 'shop' });
    await hungUp;
  });

  it('whose answer breaks off in the middle is a failure for the breaker too', async () => {
    server.answer = ({ response, reset }) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
      setImmediate(reset);
    };
    await open({
      run: "await (await service('shop').fetch('/')).text();",
      config: 'services: { shop: { url: shop.url, breaker: { failures: 1 } } },',
    });
    await place.trigger('alone');
    await failed();
    await place.state('breaker/shop', 'open');
  });

  it('through anything else is guarded in the same way', async () => {
    await open({
      run: `
        const told = await service('shop').call(async ({ service, idempotencyKey, signal }) =>
          ({ service, idempotencyKey, whole: { inner: new Map([[1, 2]]) }, open: !signal.aborted }));
        return { ...told, whole: told.whole.inner.get(1) };`,
    });
    const { lastGood, last } = await place.run('alone');
    const idempotencyKey = placeKey(last?.run as string, null);
    expect(lastGood).toEqual({ service: 'shop', idempotencyKey, whole: 2, open: true });
  });
});
