/**
 * Columns of text, a line to a row. The last column is cut to the terminal, the others never.
 */
import { oneLine } from './output.ts';

const gap = '  ';

/** @param width characters a line may have; a pipe, and a terminal that does not know its own, have no limit */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns || Number.POSITIVE_INFINITY,
): string {
  const clean = [head, ...rows].map((row) => row.map(oneLine));
  const widths = head.map((_, n) => Math.max(...clean.map((row) => (row[n] ?? '').length)));
  const line = (row: readonly string[]) => {
    const text = row.map((cell, n) => (n === row.length - 1 ? cell : cell.padEnd(widths[n] ?? 0))).join(gap);
    return text.length > width ? `${text.slice(0, Math.max(width - 1, 1))}…` : text.trimEnd();
  };
  return clean.map(line).join('\n');
}
