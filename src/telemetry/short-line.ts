/**
 * Log lines in short, for people. A job may log whatever it has in hand, and some megabytes of it are of no use in a terminal or on a
 * page: who wants all of it reads the line as it is, with `nightshift logs --json`.
 */

/** Characters of a line that is shown whole, and, about, of what is shown of a longer one. */
const lineMax = 8_000;
/** What is left for an entry, at least, of a list or an object with very many. */
const entryMin = 40;
/** What each level takes of it, so that what is very deep ends. */
const levelCost = 40;

/** The line, with a word in the place of what is too long in it: how much there is more. What was JSON is JSON still. */
export function shortLine(line: string): string {
  if (line.length <= lineMax) return line;
  let facts: unknown;
  try {
    facts = JSON.parse(line);
  } catch {
    return shortText(line, lineMax);
  }
  return JSON.stringify(shortened(facts, lineMax));
}

/** Each entry has an even share of the room that is left, so that a long one takes it from no later one. */
function shortened(value: unknown, room: number): unknown {
  if (typeof value === 'string') return shortText(value, room);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const shown = entries.slice(0, Math.floor(room / entryMin));
  let left = room;
  const short = shown.map(([name, each], n): [string, unknown] => {
    const share = left / (shown.length - n);
    const shortName = shortText(name, share / 2);
    const entry: [string, unknown] = [shortName, shortened(each, share - shortName.length - levelCost)];
    left -= JSON.stringify(entry).length;
    return entry;
  });
  const more = entries.length - shown.length;
  if (Array.isArray(value)) return [...short.map(([, each]) => each), ...(more > 0 ? [leftOut(more, 'items')] : [])];
  return Object.fromEntries(more > 0 ? [...short, ['…', leftOut(more, 'entries')]] : short);
}

function shortText(text: string, room: number): string {
  if (text.length <= Math.max(room, entryMin)) return text;
  const shown = text.slice(0, Math.max(room, 0)).trimEnd();
  return shown + leftOut(text.length - shown.length, 'characters');
}

function leftOut(count: number, what: string): string {
  return `… ${count.toLocaleString('en-US')} ${what} more: nightshift logs --json`;
}
