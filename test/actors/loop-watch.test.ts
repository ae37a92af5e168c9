import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Outcome {
  id: string;
  code?: string;
  message?: string;
  kept?: string;
  failures?: number;
}

const folder = mkdtempSync(join(tmpdir(), 'nightshift-loop-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** A process whose engines hold up its event loop in the ways named, one after the other. */
async function blocked(...ways: string[]) {
  const fixture = join(import.meta.dirname, 'fixtures/blocked-loop.ts');
  const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, fixture, join(folder, `${ways[0]}.db`), ...ways], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exited = once(child, 'exit');
  // When an engine cannot be ended, nothing in that process can.
  const patience = setTimeout(() => child.kill('SIGKILL'), 120_000);
  const lines = (await text(child.stdout)).split('\n').filter((line) => line !== '');
  const [code, signal] = (await exited) as [number | null, NodeJS.Signals | null];
  clearTimeout(patience);
  return { code, signal, outcomes: lines.map((line) => JSON.parse(line) as Outcome) };
}

describe('an engine that computes for ever', () => {
  const ways = [
    'at-once',
    'after-an-await',
    'in-a-step',
    'in-a-call',
    'under-a-short-step-timeout',
    'under-a-short-timeout',
    'in-microtasks',
    'in-a-try',
    'in-a-regular-expression',
  ];
  let life: Awaited<ReturnType<typeof blocked>>;

  beforeAll(async () => {
    life = await blocked(...ways, 'after-an-await');
  }, 180_000);

  it.each(ways)('%s fails by name, on disk, and another one runs on', (id) => {
    const outcome = life.outcomes.find((each) => each.id === id);
    expect(outcome).toMatchObject({ code: 'LOOP_BLOCKED', kept: 'LOOP_BLOCKED' });
    expect(outcome?.message).toContain(`engine/${id}: it held up the event loop for more than 0.3 s`);
    expect(outcome?.message).toContain('blocked-loop.ts:');
  });

  it('fails again when it does it again', () => {
    const codes = life.outcomes.filter(({ id }) => id === 'after-an-await').map(({ code }) => code);
    expect(codes).toEqual(['LOOP_BLOCKED', 'LOOP_BLOCKED']);
  });

  it('is not blamed for what belongs to no engine', () => {
    expect(life.outcomes.at(-1)).toEqual({ id: 'nobody', failures: 0 });
  });

  it('does not end the process', () => {
    expect(life).toMatchObject({ code: 0, signal: null });
  });
});

it('ends the process when it does so in a timer, where Node cannot go on, rather than hold it up', {
  timeout: 180_000,
}, async () => {
  const { code, signal, outcomes } = await blocked('in-a-timer');
  expect(signal).toBeNull();
  expect(code).not.toBe(0);
  expect(outcomes).toEqual([]);
});
