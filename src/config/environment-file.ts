/**
 * Files with variables, a `NAME=value` to a line, as systemd reads them (`EnvironmentFile=`). Shells and Node's `parseEnv` read some of their lines
 * otherwise: here a number sign behind a value is a part of it, `\n` in double quotes is a backslash and a letter, and a value that is not in
 * quotes loses its backslashes.
 *
 * @see systemd.exec(5), `EnvironmentFile=`; parse_env_file_internal() of systemd 252, src/basic/env-file.c
 */
import { readFileSync, statSync } from 'node:fs';
import { NightshiftError } from '../errors.ts';

/**
 * The variables in a file, as they are when the config is loaded.
 *
 * @param file absolute, or counted from the folder in which the service was started
 * @param presence whether a file that is missing is one without variables, or a problem of the config. Default: the latter
 * @throws {NightshiftError} `ENVIRONMENT_FILE_UNREADABLE`
 */
export function environmentFile(file: string, presence: 'must be there' | 'may be missing' = 'must be there') {
  try {
    if (file !== '/dev/null' && !statSync(file).isFile())
      throw Object.assign(new Error('it is no file'), { code: 'EINVAL' });
    return environmentIn(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(file)));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && presence === 'may be missing') return {};
    const isMuddled = code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
    const found =
      code === 'ENOENT' ? 'no such file' : isMuddled ? 'bytes that are not UTF-8' : `one that cannot be read (${code})`;
    throw new NightshiftError(
      'ENVIRONMENT_FILE_UNREADABLE',
      `${file}: found ${found}, expected lines such as NAME=value. Put it there, or say 'may be missing' beside its name.`,
      { cause },
    );
  }
}

const validName = /^[A-Za-z_]\w*$/;
const space = /[ \t\n\r]*/y;
const spaceInLine = /[ \t]*/y;
/** A comment goes on behind a backslash at its end, as it did until systemd 254. */
const comment = /[#;](?:\\.?|[^\\\n\r])*/sy;
const key = /(?<name>[^\n\r=]*)(?<equals>=?)/y;
/** In single quotes, in double ones, or up to the end of the line, with whatever quotes stand in there. */
const part = /'(?<single>[^']*)'?[ \t]*|"(?<double>(?:\\.?|[^"\\])*)"?[ \t]*|(?<bare>(?:\\.?|[^\\\n\r])+)/sy;

/** The variables in a text. What is no name is passed over, as systemd does. */
export function environmentIn(text: string): Record<string, string> {
  const found = new Map<string, string>();
  let at = 0;
  const next = (pattern: RegExp): Readonly<Record<string, string | undefined>> | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    at = match ? pattern.lastIndex : at;
    return match ? { ...match.groups } : undefined;
  };
  for (next(space); at < text.length; next(space)) {
    if (next(comment)) continue;
    const { name = '', equals } = next(key) ?? {};
    if (!equals) continue;
    next(spaceInLine);
    let value = '';
    for (let more = next(part); more; more = next(part)) value += written(more);
    if (validName.test(name.trimEnd())) found.set(name.trimEnd(), value);
  }
  return Object.fromEntries(found);
}

function written({ single, double, bare = '' }: Readonly<Record<string, string | undefined>>): string {
  if (single !== undefined) return single;
  if (double !== undefined) return double.replaceAll(/\\(.)/gs, (both, sign) => inDoubleQuotes(both, sign));
  const pieces = bare.match(/\\.?|[ \t]+|[^\\ \t]+/gs) ?? [];
  // Space at the end is none of it, unless a backslash stands before it.
  const last = /^[ \t]/.test(pieces.at(-1) ?? '') ? pieces.length - 1 : pieces.length;
  return pieces
    .slice(0, last)
    .map((piece) => piece.replace(/^\\[\n\r]?/, ''))
    .join('');
}

function inDoubleQuotes(both: string, sign: string): string {
  if (sign === '\n' || sign === '\r') return '';
  return '"\\`$'.includes(sign) ? sign : both;
}
