/**
 * Whatever stands in a log file: it is filtered and shown, and cannot repaint the terminal of whoever reads it.
 */
import { expect, it } from 'vitest';
import { fits } from '../../src/telemetry/log-reader.ts';
import { readableLines } from '../../src/telemetry/readable-line.ts';
import { fc } from '../property.ts';
import { changed, fuzzRuns, oddJson } from './changed.ts';

const line = {
  level: 50,
  time: 1_764_115_200_000,
  pid: 7,
  engine: 'video',
  run: 'r1',
  actor: 'engine/video',
  err: { type: 'Error', message: 'no', stack: 'Error: no\n    at a', cause: { message: 'deeper' } },
  msg: 'run.failed',
};
const lines = fc.oneof(
  changed(line, oddJson).map((value) => JSON.stringify(value) ?? ''),
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.nat({ max: 200 }), fc.string()).map(([at, text]) => JSON.stringify(line).slice(0, at) + text),
);

it('is filtered and shown without a control character that it brought along', () => {
  const show = readableLines({ colours: false, timeZone: 'Europe/Berlin', hasStacks: true });
  fc.assert(
    fc.property(
      lines,
      fc.constantFrom({}, { engine: 'video' }, { run: 'r1', level: 'warn' as const }, { since: 1 }),
      (text, filter) => {
        expect(typeof fits(text, filter)).toBe('boolean');
        const shown = show(text);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal must not get.
        expect(shown).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/);
      },
    ),
    { numRuns: fuzzRuns },
  );
});
