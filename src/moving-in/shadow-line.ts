/**
 * The line of a crontab that tells nightshift of each run, and does what it did before in every other way.
 *
 * It stays a line of the shell that does its work when nightshift, or Node, is not there any more: it looks first.
 */
import { shellQuoted } from '../policies/shell-quoted.ts';

export interface Wrapper {
  /** What nightshift is started with: programs and their arguments, the program an absolute path. */
  nightshift: readonly string[];
  /** Absolute. */
  data: string;
}

/**
 * @param line of the shell; with the percent signs as they are written in the crontab
 * @param engine as which it is known in the config
 */
export function wrapped(line: string, engine: string, { nightshift, data }: Wrapper): string {
  const quoted = (text: string) => shellQuoted(text).replaceAll('%', String.raw`\%`);
  const files = nightshift
    .filter((word) => word.startsWith('/'))
    .map((file, n) => `[ -${n === 0 ? 'x' : 'r'} ${quoted(file)} ]`);
  const call = [...nightshift, 'shadow', '--engine', engine, '--data', data, '--'].map(quoted).join(' ');
  // In quotes, every sign but the quote itself stands for itself.
  const text = `'${line.replaceAll("'", String.raw`'\''`)}'`;
  return `nightshift_line=${text}; ${files.join(' && ')} && exec ${call} "$SHELL" -c "$nightshift_line"; exec "$SHELL" -c "$nightshift_line"`;
}

const ours =
  /^nightshift_line='(?<line>(?:[^']|'\\'')*)'; \[ -[exr] .* shadow --engine .* -- "\$SHELL" -c "\$nightshift_line"; exec "\$SHELL" -c "\$nightshift_line"$/s;
const plain = /^(?:npx )?(?:\S*\/)?nightshift shadow (?:-\S+ (?!-)\S+ )*-- (?<line>.+)$/s;

/** The line as it was before; the same one when it is not wrapped. */
export function unwrapped(line: string): string {
  const mine = ours.exec(line)?.groups?.line;
  if (mine !== undefined) return mine.replaceAll(String.raw`'\''`, "'");
  return plain.exec(line)?.groups?.line ?? line;
}
