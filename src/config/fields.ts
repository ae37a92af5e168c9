/**
 * The fields that occur all over the config: lengths of time, sizes, counts, shares, choices, names.
 */
import { parseDuration } from '../policies/duration.ts';
import { parseSize } from '../policies/size.ts';
import { field } from './field.ts';
import { alternatives, foundKind } from './found.ts';
import { nearest } from './nearest.ts';

const durationFix = "Write it as '30s', '5m' or '1h30m'; a number is milliseconds.";

/** A length of time of at least a millisecond, in whole milliseconds. */
export const duration = () =>
  field({ expected: 'a length of time above zero', fix: durationFix }, (value) => milliseconds(value, 1));

/** How often something comes: a length of time, but for a bare number below a second, which was meant as minutes. */
export const interval = () =>
  field({ expected: 'a length of time above zero', fix: durationFix }, (value, complain) =>
    typeof value === 'number' && value > 0 && value < 1_000
      ? complain({
          expected: 'at least 1000, for a number is milliseconds',
          fix: `Write every: '${value}m' for minutes.`,
        })
      : milliseconds(value, 1),
  );

/** A length of time of at least a second: below it, what is wrong cannot be told from a machine that is busy. */
export const seconds = () =>
  field({ expected: 'a length of time of at least a second', fix: durationFix }, (value) => milliseconds(value, 1_000));

/** A length of time that may be zero, in whole milliseconds. */
export const durationOrNone = () =>
  field({ expected: 'a length of time', fix: durationFix }, (value) => milliseconds(value, 0));

function milliseconds(value: unknown, min: number): number | undefined {
  const ms = typeof value === 'string' ? parseDuration(value) : value;
  if (typeof ms !== 'number') return undefined;
  const whole = Math.round(ms);
  return Number.isSafeInteger(whole) && whole >= min ? whole : undefined;
}

/** An amount of memory or disk, in bytes. */
export const size = () =>
  field({ expected: 'a size above zero', fix: "Write it as '512MB' or '2GB'; a number is bytes." }, (value) => {
    const bytes = typeof value === 'string' ? parseSize(value) : value;
    return typeof bytes === 'number' && Number.isSafeInteger(Math.round(bytes)) && bytes >= 1
      ? Math.round(bytes)
      : undefined;
  });

export const count = (min: number) =>
  field({ expected: `a whole number of at least ${min}`, fix: 'Write it as digits, without quotes.' }, (value) =>
    Number.isSafeInteger(value) && (value as number) >= min ? (value as number) : undefined,
  );

export const yesOrNo = () =>
  field({ expected: 'true or false', fix: 'Write it without quotes.' }, (value) =>
    typeof value === 'boolean' ? value : undefined,
  );

/** A part of a whole: above 0, at most 1. */
export const share = () =>
  field({ expected: 'a share above 0 and at most 1', fix: 'Write 0.5 for one in two.' }, (value) =>
    typeof value === 'number' && value > 0 && value <= 1 ? value : undefined,
  );

export const oneOf = <const Choice extends string>(choices: readonly Choice[]) =>
  field({ expected: alternatives(choices), fix: 'Choose one of them.' }, (value, complain) => {
    const choice = choices.find((candidate) => candidate === value);
    const meant = typeof value === 'string' ? nearest(value, choices) : undefined;
    return choice ?? (meant === undefined ? undefined : complain({ fix: `Did you mean '${meant}'?` }));
  });

/** What something goes by in logs, addresses and URLs. */
export const name = () =>
  field({ expected: "a name of 1 to 100 letters, digits, '.', '_' or '-'", fix: 'Rename it.' }, (value) =>
    typeof value === 'string' && /^(?!\.{1,2}$)[\w.-]{1,100}$/.test(value) ? value : undefined,
  );

/** A text that is shown as it is: nothing secret. */
export const text = (expected: string, fix: string) =>
  field({ expected, fix }, (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined));

/** The name of a request header. What stands there instead is not shown: it may be the key that belongs beside it. */
export const headerName = () =>
  field({ expected: 'the name of a request header', fix: "Write it as 'X-API-Key'." }, (value, complain) =>
    typeof value === 'string' && /^[!#$%&'*+.^_`|~\w-]+$/.test(value) ? value : complain({ found: foundKind(value) }),
  );

/** An IANA time zone, as in `Europe/Berlin`. */
export const timeZone = () =>
  field(
    { expected: 'a time zone of the IANA database', fix: "Write it as 'Europe/Berlin' or 'UTC'." },
    (value, complain) => {
      if (typeof value !== 'string') return undefined;
      if (isTimeZone(value)) return value;
      const meant = nearest(value, Intl.supportedValuesOf('timeZone'));
      return meant === undefined ? undefined : complain({ fix: `Did you mean '${meant}'?` });
    },
  );

export function isTimeZone(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
