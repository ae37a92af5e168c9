import { describe, expect, it } from 'vitest';
import type { EngineSettings } from '../../src/policies/settings.ts';
import { type WhyFacts, whyNow, whyThen } from '../../src/policies/why.ts';
import { engineModels } from '../machines/models.ts';

const day = Date.UTC(2026, 10, 26);
const at = (text: string) => Date.parse(`2026-11-26T${text}Z`);
const minute = (text: string) => ({ from: at(`${text}:00`), to: at(`${text}:00`) + 60_000 });
const now = at('12:00:00');

const settings: EngineSettings = {
  ...(engineModels.engine?.settings as EngineSettings),
  schedule: { kind: 'cron', expression: '0 * * * *', timeZone: 'UTC', offsetMs: 0 },
};
const facts = (entries: WhyFacts['entries'], context: Partial<NonNullable<WhyFacts['context']>> = {}): WhyFacts => ({
  engine: 'video',
  entries,
  upsets: [],
  removedAt: null,
  context: { settings, due: null, run: null, hold: null, anchorAt: day, ...context },
  timeZone: 'UTC',
  now,
});
const due = (from: string, to = from) => ({ from: at(`${from}:00`), to: at(`${to}:00`) });

describe('why a due time', () => {
  it('ran, and when it ended', () => {
    const ran = { at: at('03:02:10'), outcome: 'ran', due: due('03:00'), run: 'a', result: 'success' } as const;
    expect(
      whyThen(minute('03:00'), facts([{ ...ran, startedAt: at('03:00:02'), attempts: 2, skipped: ['tell'] }])),
    ).toBe("03:00 ran: it began at 03:00:02 and ended well at 03:02:10, at attempt 2, without 'tell'.");
  });

  it('failed', () => {
    const failed = { at: at('03:02:00'), outcome: 'ran', due: due('03:00'), run: 'a', result: 'failure' } as const;
    expect(whyThen(minute('03:00'), facts([{ ...failed, startedAt: at('03:00:00'), reason: 'no paper' }]))).toBe(
      '03:00 ran: it began at 03:00 and failed at 03:02: no paper.',
    );
  });

  it('ran late because its window was closed', () => {
    const window = { from: '09:00', to: '22:00', timeZone: 'UTC', days: null, except: [] } as never;
    const late = { at: at('09:01:00'), outcome: 'late', due: due('03:00'), run: 'a', result: 'success' } as const;
    const inHours = { settings: { ...settings, window, windowName: 'publish' } };
    expect(whyThen(minute('03:00'), facts([{ ...late, startedAt: at('09:00:04') }], inHours))).toBe(
      "03:00 ran late, for the window 'publish' was closed: it began at 09:00:04 and ended well at 09:01.",
    );
  });

  it('was served by the run of another', () => {
    const served = { at: at('05:00:00'), outcome: 'coalesced', due: due('03:00', '04:00'), run: 'b' } as const;
    expect(whyThen(minute('04:00'), facts([served]))).toBe(
      '04:00 had no run of its own: the run b served it as well, and is under way.',
    );
    const ran = { at: at('05:00:09'), outcome: 'late', due: due('05:00'), run: 'b', result: 'success' } as const;
    expect(whyThen(minute('04:00'), facts([served, { ...ran, startedAt: at('05:00:01') }]))).toBe(
      '04:00 had no run of its own: the run that was due at 05:00 served it as well; it began at 05:00:01 and ended well at 05:00:09.',
    );
  });

  it('was not served in time, for nobody was there', () => {
    const upsets = [{ kind: 'slept', from: at('02:10:00'), to: at('06:55:00') } as const];
    const served = { at: at('06:55:03'), outcome: 'coalesced', due: due('03:00', '05:00'), run: 'b' } as const;
    const late = { at: at('06:56:00'), outcome: 'late', due: due('06:00'), run: 'b', result: 'success' } as const;
    const asleep = { ...facts([served, { ...late, startedAt: at('06:55:03') }]), upsets };
    expect(whyThen(minute('06:00'), asleep)).toBe(
      '06:00 ran late, for the machine slept from 02:10 to 06:55: it began at 06:55:03 and ended well at 06:56.',
    );
    expect(whyThen(minute('04:00'), asleep)).toBe(
      '04:00 had no run of its own, for the machine slept from 02:10 to 06:55: the run that was due at 06:00 served it as well; it began at 06:55:03 and ended well at 06:56.',
    );
    const missed = { at: at('06:55:03'), outcome: 'missed', due: due('03:00'), reason: 'nobody was there' } as const;
    expect(whyThen(minute('03:00'), { ...facts([missed]), upsets })).toBe(
      '03:00 did not run: nobody was there, for the machine slept from 02:10 to 06:55.',
    );
  });

  it('was skipped or missed, with what came next', () => {
    const skipped = {
      at: at('04:00:00'),
      outcome: 'skipped',
      due: due('03:00', '04:00'),
      reason: 'it was paused',
    } as const;
    const ran = { at: at('05:00:09'), outcome: 'ran', due: due('05:00'), run: 'b', result: 'success' } as const;
    const sentence = { ...skipped, reason: 'It was paused by hand.' };
    expect(whyThen(minute('03:00'), facts([sentence]))).toMatch(/: It was paused by hand\.$/);
    expect(whyThen(minute('03:00'), facts([skipped]))).toBe(
      '03:00 did not run, like all that was due up to 04:00: it was paused.',
    );
    expect(whyThen(minute('04:00'), facts([skipped, { ...ran, startedAt: at('05:00:00') }]))).toBe(
      '04:00 did not run, like all that was due up to 04:00: it was paused; the next run began at 05:00 and ended well at 05:00:09.',
    );
  });

  it('is not settled yet: its run is held, or under way', () => {
    const run = { trigger: 'schedule', dueAt: at('11:00:00'), id: 'c', steps: {} } as never;
    expect(whyThen(minute('11:00'), facts([], { run }))).toBe(
      '11:00 is not settled yet: video was due, and its run is under way.',
    );
    const hold = { kind: 'actor', reason: 'shop: its breaker is open' } as never;
    expect(whyThen(minute('11:00'), facts([], { run, hold }))).toBe(
      '11:00 is not settled yet: video was due, and waits: shop: its breaker is open.',
    );
  });

  it('is none, or is still to come, with the next and the last one', () => {
    const ran = { at: at('03:00:09'), outcome: 'ran', due: due('03:00'), run: 'a', result: 'success' } as const;
    expect(whyThen(minute('03:30'), facts([ran]))).toBe(
      'Nothing of video was due at 03:30; the next due time after it was 04:00. The due time before, 03:00, ran: it ended well at 03:00:09.',
    );
    const tomorrow = { from: at('15:00:00') + 86_400_000, to: at('15:01:00') + 86_400_000 };
    expect(whyThen(tomorrow, facts([]))).toBe(
      '2026-11-27 15:00 is still to come; the next due time is 2026-11-27 15:00.',
    );
  });
});

describe('why now', () => {
  const shown = { id: 'video', state: 'idle', wakesAt: at('13:00:00'), waitsFor: [], reason: null, todo: null };
  const ran = { at: at('11:00:09'), outcome: 'ran', due: due('11:00'), run: 'a', result: 'success' } as const;

  it.each([
    ['idle', {}, [ran], 'video is not due before 13:00; its last run ended well at 11:00:09.'],
    [
      'due',
      { wakesAt: at('11:30:00') },
      [ran],
      'video is due since 11:30, and has not begun yet; its last run ended well at 11:00:09.',
    ],
    ['never run', { wakesAt: null }, [], 'video runs when somebody triggers it; it has not run yet.'],
    ['after another', { wakesAt: null, waitsFor: ['engine/a'] }, [], 'video runs after engine/a; it has not run yet.'],
    [
      'held',
      { state: 'held.forActor', reason: 'shop: its breaker is open' },
      [],
      'video waits (held.forActor): shop: its breaker is open, until 13:00 at the latest.',
    ],
    [
      'halted',
      { state: 'halted', wakesAt: null, reason: 'no paper', todo: 'mend it, then: nightshift resume video' },
      [],
      'video stands still (halted): no paper. What to do: mend it, then: nightshift resume video.',
    ],
  ])('%s', (_, about, entries, sentence) => {
    expect(whyNow({ ...shown, ...about }, facts(entries))).toBe(sentence);
  });

  it('names whom it waits for, until when that lasts, or what a person has to do about it', () => {
    const held = { ...shown, state: 'held.forActor', wakesAt: null, reason: 'the service answered 503' };
    const open = { kind: 'breaker', id: 'shop', state: 'open', wakesAt: at('12:30:00'), todo: null };
    expect(whyNow({ ...held, waitsFor: ['breaker/shop'] }, facts([]), [open])).toBe(
      'video waits for breaker/shop (held.forActor): the service answered 503; breaker/shop is open, until 12:30.',
    );
    const revoked = { kind: 'token', id: 'mail', state: 'revoked', wakesAt: null, todo: 'nightshift reset token/mail' };
    expect(whyNow({ ...held, waitsFor: ['token/mail', 'limit/browser'] }, facts([]), [revoked])).toBe(
      'video waits for token/mail or limit/browser (held.forActor): the service answered 503; token/mail is revoked: nightshift reset token/mail.',
    );
  });

  it('running', () => {
    const run = { startedAt: at('11:59:00'), attempt: 2, steps: { render: 1 } } as never;
    expect(whyNow({ ...shown, state: 'running' }, facts([], { run }))).toBe(
      'video has been running since 11:59, at attempt 2, with 1 step finished, until 13:00 at the latest.',
    );
    expect(whyNow({ ...shown, state: 'running', wakesAt: null }, facts([], { run }))).toBe(
      'video has been running since 11:59, at attempt 2, with 1 step finished.',
    );
  });

  it('running when it is due again, and what to do about that', () => {
    const run = { startedAt: at('10:00:00'), dueAt: at('10:00:00'), attempt: 1, steps: {} } as never;
    const due = { at: at('11:00:00'), schedule: settings.schedule } as never;
    expect(whyNow({ ...shown, state: 'running' }, facts([], { run, due }))).toBe(
      'video has been running since 10:00, at attempt 1, until 13:00 at the latest; it was due again at 11:00. ' +
        'What it says: nightshift logs --engine video. Does it hang, nightshift pause video ends it, and resume begins it again.',
    );
    const soon = { at: at('13:00:00'), schedule: settings.schedule } as never;
    expect(whyNow({ ...shown, state: 'running' }, facts([], { run, due: soon }))).not.toContain('due again');
    expect(whyThen(minute('11:00'), facts([], { run, due }))).toBe(
      '11:00 is not settled yet: video has been due since 11:00, and the run due at 10:00 is still under way.',
    );
  });
});
