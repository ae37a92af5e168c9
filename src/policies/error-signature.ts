/**
 * Signatures: what an error says without what differs each time, so that the same error is known again.
 *
 * Known kinds of values are masked by pattern, as error trackers and log parsers do it. It needs no training, the same error has
 * the same signature on every day, and a person can read it. What is no such value stays: two errors too many are read more easily
 * than one that hides another.
 *
 * @see Sentry, "Issue grouping: message parameterization"; He et al., "Drain: An Online Log Parsing Approach with Fixed Depth
 * Tree", ICWS 2017, section III-A, preprocessing by regular expressions
 */
import type { Failure } from './failure.ts';

const messageLengthMax = 160;
const partLengthMax = 80;
/** Of a line, more is not looked at. */
const lineLengthMax = 500;

/** What is masked with what, in this order: what may contain others comes first. */
const masks: readonly (readonly [RegExp, string])[] = [
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s'"<>)\]}]+/gi, '<url>'],
  [/(?<![\w<./\\~-])(?:[a-z]:\\|\.{0,2}[\\/]|~[\\/])[^\s'":;,()<>|]+(?::\d+){0,2}/gi, '<path>'],
  [/\b[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/g, '<email>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\w)/g, '<time>'],
  [/\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?\b/g, '<time>'],
  [/\b(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?\b/g, '<ip>'],
  [/(?<![\w:])(?:[0-9a-f]{1,4}:{1,2}){2,7}(?:[0-9a-f]{1,4})?(?![\w:])|(?<![\w:])::[0-9a-f]{1,4}\b/gi, '<ip>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
];
const word = /[\w-]+(?:\.[\w-]+)*/g;
const number = /(?<![\w<])[+-]?\d+(?:[.,]\d+)*(?:\s?(?:ms|s|m|h|d|[kmgt]?i?b|%)(?!\w))?(?![\w>])/gi;
const idLengthMin = 10;

/** A text with the values in it masked, on one line: of many lines, the first and the last, where programs put what matters. */
export function masked(text: string): string {
  const lines = text.split('\n').flatMap((line) => line.replaceAll(/[\p{Cc}\s]+/gu, ' ').trim() || []);
  const ends = lines.length > 1 ? [lines[0], lines.at(-1)] : lines;
  return ends.map((line = '') => short(maskedLine(line), messageLengthMax)).join(' … ');
}

/**
 * What tells an error from others: its code, its service, and what it says.
 *
 * @returns as in `HTTP_503 shop: the service answered <n>`; at most some 500 characters
 */
export function signatureOf({ code, service, message }: Pick<Failure, 'code' | 'service' | 'message'>): string {
  const text = masked(message);
  const isNamed = service === undefined || text.startsWith(`${service}:`);
  return [short(code, partLengthMax), ...(isNamed ? [] : [`${short(service, partLengthMax)}:`]), text].join(' ').trim();
}

function maskedLine(line: string): string {
  const known = masks.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), line.slice(0, lineLengthMax));
  return known.replaceAll(word, (each) => (isId(each) ? '<id>' : each)).replaceAll(number, '<n>');
}

/** As ids of runs, requests, orders and commits are: digits among the letters of one word. */
function isId(text: string): boolean {
  if (!/\d/.test(text) || !/[a-z]/i.test(text) || /^\d+(\.\d+)*[a-z]{1,3}$/i.test(text)) return false;
  return text.length >= idLengthMin || (/^[0-9a-f]+$/i.test(text) && text.length >= 8);
}

function short(text: string, max: number): string {
  return (text.length > max ? `${text.slice(0, max - 1)}…` : text).toWellFormed();
}
