/**
 * Columns of text. A row that is too long for the terminal has its last cell beneath it, in full up to a few lines: it says why, and what to
 * do, and is of no use cut off. The other columns are never more than a line.
 */
import { oneLine } from './output.ts';

const gap = '  ';
const indent = '    ';
/** Of one cell that stands beneath its row. */
const linesMax = 4;

/** @param width characters a line may have; a pipe, and a terminal that does not know its own, have no limit */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns || Number.POSITIVE_INFINITY,
): string {
  const clean = [head, ...rows].map((row) => row.map(oneLine));
  const widths = head.map((_, n) => Math.max(...clean.map((row) => (row[n] ?? '').length)));
  const joined = (row: readonly string[]) => row.map((cell, n) => cell.padEnd(widths[n] ?? 0)).join(gap);
  const lines = (row: readonly string[]) => {
    const whole = joined(row).trimEnd();
    if (whole.length <= width) return [whole];
    const beneath = wrapped(row.at(-1) ?? '', Math.max(width - indent.length, 1));
    return [cut(joined(row.slice(0, -1)).trimEnd(), width), ...beneath.map((line) => indent + line)];
  };
  return clean.flatMap(lines).join('\n');
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(width - 1, 1))}…` : text;
}

/** Broken between words where there are some. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width && lines.length < linesMax - 1) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return rest === '' ? lines : [...lines, cut(rest, width)];
}
