/**
 * Until when a line of Node gets fixes.
 *
 * @see Node.js Release Working Group, "Release schedule", schedule.json in the repository nodejs/Release, as published by
 *   November 2026. A line that is not in it is newer than this table.
 */
export interface NodeLine {
  major: number;
  /** The last day with fixes, as in `2027-04-30`. */
  end: string;
}

export const nodeLines: readonly NodeLine[] = [
  { major: 22, end: '2027-04-30' },
  { major: 23, end: '2025-06-01' },
  { major: 24, end: '2028-04-30' },
  { major: 25, end: '2026-06-01' },
  { major: 26, end: '2029-04-30' },
];

/** Three months: enough to plan a move. */
const noticeMs = 90 * 86_400_000;

/**
 * How a Node stands with its end of life.
 *
 * @param version as in `24.21.0`
 * @param at epoch ms
 * @returns null for a line that is not known
 */
export function nodeLife(version: string, at: number): { life: 'fresh' | 'ending' | 'over'; end: string } | null {
  const line = nodeLines.find(({ major }) => major === Number.parseInt(version, 10));
  if (!line) return null;
  // To the end of that day, wherever on Earth it is.
  const endAt = Date.parse(`${line.end}T23:59:59Z`);
  if (at > endAt) return { life: 'over', end: line.end };
  return { life: at > endAt - noticeMs ? 'ending' : 'fresh', end: line.end };
}

/** The line with the longest life left that is known, and has begun: even ones are kept for years. */
export function longestNodeLine(): NodeLine {
  return nodeLines.reduce((best, line) => (line.major % 2 === 0 && line.end > best.end ? line : best));
}

/**
 * Whether a version is within a range such as `>=22.18`, which is the kind that this package's own is.
 *
 * @returns null for a range of another kind
 */
export function isAtLeast(version: string, range: string): boolean | null {
  const [, lowest] = /^>=\s*(\d+(?:\.\d+){0,2})$/.exec(range.trim()) ?? [];
  if (lowest === undefined) return null;
  const numbers = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10));
  const [found, least] = [numbers(version), numbers(lowest)];
  const differing = least.findIndex((part, n) => part !== (found[n] ?? 0));
  return differing === -1 || (found[differing] ?? 0) > (least[differing] ?? 0);
}
