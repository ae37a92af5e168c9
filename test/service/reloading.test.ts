/**
 * Who asks for a reload while another is under way.
 */
import { pino } from 'pino';
import { beforeEach, expect, it } from 'vitest';
import type { ConfigChange } from '../../src/config/config-change.ts';
import type { NextConfig, Reload } from '../../src/reload.ts';
import { Reloading } from '../../src/service/reloading.ts';
import { settled } from '../../src/testing/virtual-clock.ts';

/** Looks at the config that are under way: each ends when it is told what was found. */
let looks: ((found: NextConfig) => void)[];
let state: string;
let told: string[];
let reloading: Reloading;
beforeEach(() => {
  [looks, state, told] = [[], 'running', []];
  const dog = {
    stop: async () => {},
    rest: () => {},
    reloading: async () => void told.push('reloading'),
    stays: async () => void told.push('stays'),
  };
  reloading = new Reloading({
    state: () => state,
    watchdogs: [dog],
    checkNext: () => new Promise((found) => looks.push(found)),
    drainMs: 5,
    log: pino({ level: 'silent' }),
  });
});

const added = (part: string): ConfigChange[] => [{ part, what: 'added', settings: [] }];
const good = (part: string): NextConfig => ({ isGood: true, changes: added(part) });
const bad: NextConfig = { isGood: false, code: 'CONFIG_INVALID', error: 'why' };
const taken = (when: string, part: string) => ({ taken: true, when, drainMs: 5, changes: added(part) });
const refused = { taken: false, code: 'CONFIG_INVALID', error: 'why' };

/** Those who ask, and what they have been answered so far. */
async function ask(answers: (Reload | undefined)[]) {
  const place = answers.push(undefined) - 1;
  void reloading.ask().then((answer) => {
    answers[place] = answer;
  });
  await settled();
}

/** The look that is under way ends; there is never more than one. */
async function found(next: NextConfig) {
  expect(looks).toHaveLength(1);
  looks.pop()?.(next);
  await settled();
}

it('who asks while the config is looked at has it looked at once more, and all come back together', async () => {
  const answers: (Reload | undefined)[] = [];
  await ask(answers);
  await ask(answers);
  await ask(answers);
  await found(good('engine/first'));
  expect(answers).toEqual([undefined, undefined, undefined]);
  await found(good('engine/second'));
  expect(answers).toEqual([
    taken('asked', 'engine/second'),
    taken('looked', 'engine/second'),
    taken('looked', 'engine/second'),
  ]);
  expect([looks, told, reloading.isAgreed]).toEqual([[], ['reloading'], true]);
});

it('who asks in the second look does not have the others wait for a third: who comes back reads the file as it is then', async () => {
  const answers: (Reload | undefined)[] = [];
  await ask(answers);
  await ask(answers);
  await found(good('engine/first'));
  await ask(answers);
  await found(good('engine/second'));
  expect(answers[2]).toEqual(taken('leaving', 'engine/second'));
  await ask(answers);
  expect(answers[3]).toEqual(taken('leaving', 'engine/second'));
  expect(looks).toEqual([]);
});

it('a config that was good and is not when it is looked at again is refused to all', async () => {
  const answers: (Reload | undefined)[] = [];
  await ask(answers);
  await ask(answers);
  await found(good('engine/first'));
  await found(bad);
  expect(answers).toEqual([refused, refused]);
  expect([told, reloading.isAgreed]).toEqual([['reloading', 'stays'], false]);
});

it('a refusal is for those who had asked by then, and a reload follows for who asked later', async () => {
  const answers: (Reload | undefined)[] = [];
  await ask(answers);
  await ask(answers);
  await found(bad);
  expect(answers).toEqual([refused, undefined]);
  await found(good('engine/mended'));
  expect(answers).toEqual([refused, taken('looked', 'engine/mended')]);
  expect(told).toEqual(['reloading']);
});

it('a service that is not up, or is told to stop meanwhile, refuses', async () => {
  const answers: (Reload | undefined)[] = [];
  const busy = (what: string) => ({
    taken: false,
    code: 'RELOAD_BUSY',
    error: `the service is ${what}: try again later.`,
  });
  state = 'rehydrating';
  await ask(answers);
  state = 'running';
  await ask(answers);
  await ask(answers);
  state = 'draining';
  await found(bad);
  await found(good('engine/first'));
  expect(answers).toEqual([busy('rehydrating'), refused, busy('draining')]);
});
