import { engine } from 'nightshift';
import { afterEach, expect, it } from 'vitest';
import { logAnalysisEngine } from '../../src/engines/log-analysis.ts';
import type { ErrorDigest } from '../../src/telemetry/errors/error-digest.ts';
import { Workplace } from '../actors/effects/workplace.ts';
import { bookOf } from '../telemetry/errors/some-errors.ts';
import { testScope } from './run-scope.ts';

const hour = 3_600_000;

let place: Workplace;
afterEach(() => place[Symbol.asyncDispose]());

it('says day by day which errors of failing jobs are new, grow, stay and are gone', async () => {
  /** What each run of an hour says, day by day: nothing for one that ends well. */
  let plan: (hourOfDay: number) => string | undefined = () => undefined;
  let hours = 0;
  const run = () => {
    const message = plan(hours % 24);
    if (message !== undefined) throw new Error(message);
  };
  place = await Workplace.open({ engines: [engine('print', { maxFailures: 1_000, run })] });
  bookOf(place);
  const ports = { timeZone: 'UTC', clock: place.clock, store: () => place.store };
  const analysis = logAnalysisEngine({ schedule: '50 6 * * *' }, ports);

  async function day(what: typeof plan) {
    plan = what;
    for (let n = 0; n < 24; n++) {
      await place.run('print');
      hours += 1;
      await place.clock.advance(hour);
    }
    const scope = testScope();
    const { errors, counts } = (await analysis.run(scope)) as ErrorDigest;
    const news = scope.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    return { counts, news, errors: errors.map(({ signature, trend, times }) => [signature, trend, times]) };
  }

  const paper = (every: number) => (n: number) => (n % every === 0 ? `tray ${n} is out of paper` : undefined);
  expect(await day(paper(8))).toEqual({
    counts: { new: 1, growing: 0, known: 0, gone: 0 },
    news: ['errors.new'],
    errors: [['Error tray <n> is out of paper', 'new', 3]],
  });
  expect(await day(paper(8))).toMatchObject({ news: [], errors: [[expect.any(String), 'known', 3]] });
  expect(await day(paper(2))).toMatchObject({
    news: ['errors.growing'],
    errors: [[expect.any(String), 'growing', 12]],
  });
  expect(await day((n) => (n === 5 ? 'the ink is dry' : undefined))).toEqual({
    counts: { new: 1, growing: 0, known: 0, gone: 1 },
    news: ['errors.new'],
    errors: [
      ['Error the ink is dry', 'new', 1],
      ['Error tray <n> is out of paper', 'gone', 0],
    ],
  });
  expect(await day(() => undefined)).toMatchObject({ counts: { gone: 1, new: 0, known: 0 } });
});
