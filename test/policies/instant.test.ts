import { expect, it } from 'vitest';
import { instant } from '../../src/policies/instant.ts';

const event = (fields: object) => ({ type: 'engine.trigger', ...fields });

it('is what the host stamped on the event', () => {
  expect(instant(event({ at: 17, input: { at: 3 } }))).toBe(17);
});

it("is the input's on the initial event", () => {
  expect(instant(event({ input: { at: 3 } }))).toBe(3);
});

it('may be the beginning of time', () => {
  expect(instant(event({ at: 0 }))).toBe(0);
});

it.each([{}, { at: Number.NaN }, { at: '17' }, { at: null, input: null }, { input: { at: Infinity } }, { input: 5 }])(
  'refuses an event without one, by name: %o',
  (fields) => {
    expect(() => instant(event(fields))).toThrow(TypeError);
    expect(() => instant(event(fields))).toThrow('engine.trigger');
  },
);
