/**
 * Words of a setting of systemd: quotes of both kinds hold them together, and backslashes write what cannot be seen.
 *
 * @see systemd.syntax(7), "Quoting"
 */
import { NightshiftError } from '../../errors.ts';

/** What systemd would not take either, or cannot be said here: `UNIT_INVALID`. */
export class UnitError extends NightshiftError {
  constructor(message: string) {
    super('UNIT_INVALID', message);
  }
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  s: ' ',
  ';': ';',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

const backslash =
  /\\(?:x(?<hex>[\da-fA-F]{2})|(?<octal>[0-7]{3})|u(?<short>[\da-fA-F]{4})|U(?<long>[\da-fA-F]{8})|(?<sign>.))/gs;
const piece =
  /(?<gap>\s+)|'(?<single>(?:\\.|[^'\\])*)'|"(?<double>(?:\\.|[^"\\])*)"|(?<bare>(?:\\.|[^\s'"\\])+)|(?<wrong>.)/gs;

/** A semicolon by itself, which stands between two commands. */
export const separator = '\u0000;';

/** @throws {UnitError} for a quote that does not end, and a backslash that means nothing */
export function wordsIn(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const end = () => {
    // One that stands in a word is a part of it.
    if (word !== undefined) words.push(word === separator ? word : word.replaceAll(separator, ';'));
    word = undefined;
  };
  for (const { groups = {} } of text.matchAll(piece)) {
    const { gap, single, double, bare, wrong } = groups;
    if (wrong !== undefined)
      throw new UnitError(`${text}: ${wrong === '\\' ? 'a backslash' : 'a quote'} stands open in it.`);
    if (gap !== undefined) end();
    else word = (word ?? '') + (bare === ';' ? separator : unescaped(single ?? double ?? bare ?? '', text));
  }
  end();
  return words;
}

function unescaped(piece: string, text: string): string {
  return piece.replaceAll(backslash, (written, ...rest) => {
    const { hex, octal, short, long, sign } = rest.at(-1) as Record<string, string | undefined>;
    if (sign !== undefined) return escapes[sign] ?? unknown(written, text);
    const code = Number.parseInt(octal ?? hex ?? short ?? long ?? '', octal === undefined ? 16 : 8);
    // A byte may be half of a character only.
    const codeMax = octal === undefined && hex === undefined ? 0x10_ff_ff : 0x7f;
    return code > 0 && code <= codeMax ? String.fromCodePoint(code) : unknown(written, text);
  });
}

function unknown(written: string, text: string): never {
  throw new UnitError(`${text}: ${written} is nothing that can be said here.`);
}
