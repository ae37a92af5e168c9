/**
 * Values as nobody would write them: something that is right, in which one or two places are not.
 */
import { fc } from '../property.ts';

/** Of each property. `npm run fuzz` takes ten thousand. */
export const fuzzRuns = Number(process.env.FUZZ_RUNS ?? 300);

/** What stands at a place that was changed: other types, the ends of numbers, texts that mean something to somebody. */
export const odd = fc.oneof(
  fc.constantFrom(
    null,
    undefined,
    true,
    0,
    -1,
    1.5,
    1e21,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    ' ',
    '__proto__',
    '\0',
    '\u001b[2J',
  ),
  fc.constantFrom(
    '* * * * *',
    '99 * * * *',
    '1h',
    '-1s',
    '../..',
    'Europe/Berlin',
    'http://[',
    'javascript:0',
    '$HOME',
    '\ud800',
  ),
  fc.anything({
    maxDepth: 2,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withTypedArray: true,
  }),
  fc.func(fc.anything()),
);

/** As {@link odd}, but what JSON can hold. */
export const oddJson = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1.5, 1e300, '', '__proto__', 'idle', 'running', [], {}),
  fc.jsonValue({ maxDepth: 2 }),
);

/**
 * The value with one or two places changed, left out or added.
 *
 * @param whole is not touched
 */
export function changed<Value>(whole: unknown, values: fc.Arbitrary<Value>): fc.Arbitrary<unknown> {
  const change = fc.record({
    at: fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 8 }),
    how: fc.nat({ max: 5 }),
    value: values,
  });
  return fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) => {
    const copy = copied(whole);
    return changes.reduce((present, { at, how, value }) => placed(present, at, how, value), copy);
  });
}

/** Goes down as the numbers say, and puts the value there. */
function placed(whole: unknown, [step = 0, ...rest]: readonly number[], how: number, value: unknown): unknown {
  if (typeof whole !== 'object' || whole === null) return value;
  const keys = Object.keys(whole);
  const target = whole as Record<string, unknown>;
  if (keys.length === 0) return value;
  const key = keys[step % keys.length] as string;
  const below = target[key];
  if (rest.length > 0 && typeof below === 'object' && below !== null) target[key] = placed(below, rest, how, value);
  else if (how === 0) Reflect.deleteProperty(target, key);
  else if (how === 1) target[`${key}${step}`] = value;
  else target[key] = value;
  return whole;
}

/** Plain objects and lists are copied; all else, as functions are, is the same. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copied(each)]));
}
