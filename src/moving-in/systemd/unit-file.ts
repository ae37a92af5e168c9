/**
 * Unit files of systemd: settings in sections, and drop-ins that add to them or take their place.
 *
 * @see systemd.syntax(7), systemd.unit(5)
 */
export interface UnitText {
  /** Its path. */
  file: string;
  text: string;
}

interface Setting {
  section: string;
  key: string;
  value: string;
}

export class Unit {
  readonly #settings: readonly Setting[];

  /** @param texts the unit's file first, then what is dropped into it, in order */
  constructor(texts: readonly UnitText[]) {
    this.#settings = texts.flatMap(({ text }) => settingsIn(text));
  }

  /** The last value that was given; undefined when there is none, or an empty one. */
  value(section: string, key: string): string | undefined {
    return this.#of(section, key).at(-1) || undefined;
  }

  /** All values since the last empty one, which takes back what stood before it. */
  values(section: string, ...keys: string[]): string[] {
    const all = this.#of(section, ...keys);
    return all.slice(all.lastIndexOf('') + 1);
  }

  /** What is set in a section, each key once, in the order of its first appearance. */
  keys(section: string): string[] {
    return [...new Set(this.#settings.filter((each) => each.section === section).map(({ key }) => key))];
  }

  #of(section: string, ...keys: string[]): string[] {
    return this.#settings
      .filter((each) => each.section === section && keys.includes(each.key))
      .map(({ value }) => value);
  }
}

function settingsIn(text: string): Setting[] {
  const settings: Setting[] = [];
  let section = '';
  for (const line of wholeLines(text)) {
    const heading = /^\[([^\]]+)\]\s*$/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    const equals = line.indexOf('=');
    if (heading === undefined && equals > 0) {
      settings.push({ section, key: line.slice(0, equals).trim(), value: line.slice(equals + 1).trim() });
    }
  }
  return settings;
}

/** A backslash at its end makes the next line part of a line; comments between the two are none of it. */
function wholeLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trimStart();
    if (/^[#;]/.test(line)) continue;
    const joined = open === undefined ? line : `${open} ${raw}`;
    open = joined.endsWith('\\') ? joined.slice(0, -1) : undefined;
    if (open === undefined) lines.push(joined);
  }
  return open === undefined ? lines : [...lines, open];
}

export function isYes(text: string | undefined): boolean {
  return /^(?:1|yes|y|true|t|on)$/i.test(text ?? '');
}
