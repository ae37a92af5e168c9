import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/json.ts';
import { readRecord, recordKey, recordPrefix } from '../../src/persistence/record.ts';

const record = { machine: 'job', version: 1, settings: 'digest', state: { value: 'idle' }, crashes: [1], halted: null };
const chart = { machine: 'job', version: 1 };
const text = (change: object = {}) => JSON.stringify({ ...record, ...change });

describe('a record', () => {
  it('is kept under its address', () => {
    expect(recordKey('engine/youtube')).toBe(`${recordPrefix}engine/youtube`);
  });

  it('comes back as it was', () => {
    expect(readRecord(text(), chart)).toEqual(record);
  });

  it('from before crashes were counted has had none', () => {
    expect(readRecord(text({ crashes: undefined, halted: undefined }), chart)).toEqual({ ...record, crashes: [] });
  });

  it.each([
    ['no JSON', '{"machine":'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['a list', '[]'],
    ['a record without a machine', text({ machine: undefined })],
    ['a record without a version', text({ version: undefined })],
    ['a record of half a version', text({ version: 1.5 })],
    ['a record without settings', text({ settings: undefined })],
    ['a record without a state', text({ state: undefined })],
    ['a record whose state is a list', text({ state: [] })],
    ['a record whose state is null', text({ state: null })],
    ['a record with a text for its crashes', text({ crashes: 'many' as never })],
    ['a record with a crash at no instant', text({ crashes: ['now' as never] })],
    ['a record given up for no reason', text({ halted: { at: 1 } as never })],
  ])('is refused when it is %s, with a look at what was found', (_, json) => {
    expect(() => readRecord(json, chart)).toThrow(
      expect.objectContaining({
        code: 'RECORD_UNREADABLE',
        message: expect.stringContaining(`found ${json.slice(0, 60)}`),
      }),
    );
  });

  it('of another machine is refused', () => {
    expect(() => readRecord(text({ machine: 'other' }), chart)).toThrow(
      expect.objectContaining({ code: 'RECORD_FOREIGN', message: expect.stringContaining("'other', expected 'job'") }),
    );
  });

  it('of a newer version is refused, and says what to run', () => {
    expect(() => readRecord(text({ version: 3 }), chart)).toThrow(
      expect.objectContaining({ code: 'RECORD_NEWER', message: expect.stringContaining('Run the newer nightshift') }),
    );
  });
});

describe('migrations', () => {
  const add = (what: string) => (state: Json) => ({ ...(state as object), [what]: true });

  it('are taken one after the other', () => {
    const migrations = { 1: add('two'), 2: add('three'), 3: add('four') };
    expect(readRecord(text(), { ...chart, version: 4, migrations })).toMatchObject({
      version: 4,
      state: { value: 'idle', two: true, three: true, four: true },
    });
  });

  it('begin at the version of the record', () => {
    const migrations = { 1: add('two'), 2: add('three') };
    const { state } = readRecord(text({ version: 2 }), { ...chart, version: 3, migrations });
    expect(state).toEqual({ value: 'idle', three: true });
  });

  it('with a gap lead nowhere', () => {
    expect(() => readRecord(text(), { ...chart, version: 3, migrations: { 1: add('two') } })).toThrow(
      expect.objectContaining({
        code: 'RECORD_UNMIGRATED',
        message: expect.stringContaining('nothing leads on from 2'),
      }),
    );
  });

  it('that throw refuse the record and keep the cause', () => {
    const cause = new Error('no such field');
    const broken = () => {
      throw cause;
    };
    expect(() => readRecord(text(), { ...chart, version: 2, migrations: { 1: broken } })).toThrow(
      expect.objectContaining({ code: 'RECORD_UNMIGRATED', cause }),
    );
  });

  it('are not asked for a record of the present version', () => {
    expect(readRecord(text(), { ...chart, migrations: { 1: () => expect.fail('asked') } })).toEqual(record);
  });
});
