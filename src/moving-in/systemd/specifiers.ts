/**
 * Specifiers in the settings of systemd, as `%h` for the home folder.
 *
 * @see systemd.unit(5), "Specifiers"
 */
import { UnitError } from './words.ts';

/** What stands for something: by its letter. */
export type Specifiers = Readonly<Record<string, string>>;

export interface SpecifierFacts {
  kind: 'system' | 'user';
  /** As in `backup@shop.service`. */
  unit: string;
  /** The unit's own file. */
  file: string;
  user: { name: string; home: string; id: number };
  /** The user's numbers, and the machine. */
  host: { name: string; architecture: string; kernel: string; id: string };
}

export function specifiersOf({ kind, unit, file, user, host }: SpecifierFacts): Specifiers {
  const [prefix = '', instance = ''] = unit.replace(/\.[^.]+$/, '').split(/@(.*)/s);
  const isUser = kind === 'user';
  const at = (system: string, own: string) => (isUser ? `${user.home}/${own}` : system);
  return {
    n: unit,
    N: unit.replace(/\.[^.]+$/, ''),
    p: prefix,
    P: unescapedPath(prefix),
    i: instance,
    I: unescapedPath(instance),
    j: prefix.replace(/^.*-/s, ''),
    J: unescapedPath(prefix.replace(/^.*-/s, '')),
    f: `/${unescapedPath(instance || prefix)}`,
    y: file,
    Y: file.replace(/\/[^/]*$/, ''),
    u: isUser ? user.name : 'root',
    U: String(isUser ? user.id : 0),
    h: isUser ? user.home : '/root',
    t: isUser ? `/run/user/${user.id}` : '/run',
    S: at('/var/lib', '.local/state'),
    C: at('/var/cache', '.cache'),
    L: at('/var/log', '.local/state/log'),
    E: at('/etc', '.config'),
    T: '/tmp',
    V: '/var/tmp',
    H: host.name,
    l: host.name.replace(/\..*$/s, ''),
    m: host.id,
    a: host.architecture,
    v: host.kernel,
    '%': '%',
  };
}

/** @throws {UnitError} for one that changes with each start, or that nobody knows */
export function specified(text: string, specifiers: Specifiers): string {
  return text.replaceAll(/%(.?)/gs, (written, letter) => {
    if (Object.hasOwn(specifiers, letter)) return specifiers[letter] as string;
    throw new UnitError(`${written} in ${text}: what it stands for is not known before the start.`);
  });
}

/** As `systemd-escape --unescape` has it. */
function unescapedPath(text: string): string {
  return text
    .replaceAll('-', '/')
    .replaceAll(/\\x([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}
