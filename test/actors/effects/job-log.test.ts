import { expect, it } from 'vitest';
import { jobLog } from '../../../src/actors/effects/job-log.ts';
import { createLog } from '../../../src/telemetry/log.ts';
import { LogLevels } from '../../../src/telemetry/log-levels.ts';

function said(write: (log: ReturnType<typeof jobLog>) => void): string {
  let text = '';
  const levels = new LogLevels('info');
  const log = createLog({
    levels,
    pretty: false,
    redact: (line) => line,
    write: (line) => {
      text += line;
    },
  });
  write(jobLog(log, 'video', 'video.1'));
  return text;
}

it('keeps the names that every line has to itself', () => {
  const line = said((log) => log.warn({ time: 'now', level: 'x', engine: 'other', run: 7, n: 1 }, 'said'));
  expect(JSON.parse(line)).toMatchObject({
    level: 40,
    time: expect.any(Number),
    engine: 'video',
    run: 'video.1',
    msg: 'said',
  });
  expect(JSON.parse(line)).toMatchObject({
    time_: 'now',
    level_: 'x',
    engine_: 'other',
    run_: 7,
    n: 1,
  });
  for (const name of ['time', 'level', 'engine', 'run']) expect(line.split(`"${name}":`)).toHaveLength(2);
});

it('takes a text as what happened, and nothing else', () => {
  expect(JSON.parse(said((log) => log.info({ msg: 'said' })))).toMatchObject({ msg: 'said' });
  expect(JSON.parse(said((log) => log.info({ msg: 5 })))).toMatchObject({ msg_: 5 });
  expect(JSON.parse(said((log) => log.info({ msg: 5 }, 'said')))).toMatchObject({ msg_: 5, msg: 'said' });
});

it('says of an error what it says elsewhere', () => {
  expect(JSON.parse(said((log) => log.error(new Error('no'))))).toMatchObject({ err: { message: 'no' }, msg: 'no' });
});

it('is heard from the level of its engine on', () => {
  expect(said((log) => log.debug({ engine: 'other' }, 'said'))).toBe('');
});
