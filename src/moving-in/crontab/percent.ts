/**
 * Percent signs in the command of a crontab's line.
 *
 * The first one ends what the shell gets, and the rest is what the program reads on its stdin, in which each further one is a new
 * line. One behind a backslash is a percent sign, and the backslash goes.
 */
export interface Split {
  /** What the shell gets. */
  line: string;
  /** What it reads; undefined when nothing is said. */
  stdin?: string;
  /** Both as they were written: what was read, and whether a percent sign stood between the two. */
  written: { line: string; rest: string };
}

export function splitAtPercent(command: string): Split {
  const end = firstBare(command);
  const [line, rest] = end < 0 ? [command, ''] : [command.slice(0, end), command.slice(end)];
  // A backslash that stands behind another one takes nothing with it.
  const plain = line.replaceAll(/\\(.)/gs, (both, next) => (next === '%' ? '%' : both));
  const stdin = stdinOf(rest.slice(1));
  return { line: plain, ...(stdin !== '' && { stdin }), written: { line, rest } };
}

/** Where the first percent sign stands without a backslash. */
function firstBare(command: string): number {
  const before = /^(?:\\.|[^\\%])*/s.exec(command)?.[0].length ?? 0;
  return command[before] === '%' ? before : -1;
}

function stdinOf(rest: string): string {
  // Here, each backslash counts by itself: `\\%` is a backslash and a percent sign.
  const text = rest.replaceAll(/\\%|%/g, (sign) => (sign === '%' ? '\n' : '%'));
  // Nor does cron look at backslashes at the end when it sees to it that the last line is a whole one.
  const isWhole = /(?:^|\n)\\*$/.test(text);
  return isWhole ? text : `${text}\n`;
}
