/**
 * Columns of text. The last column is cut to the terminal, the others never.
 */

const gap = '  ';

/** @param width characters a line may have; a pipe has no limit */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const widths = head.map((title, n) => Math.max(title.length, ...rows.map((row) => (row[n] ?? '').length)));
  const line = (row: readonly string[]) => {
    const text = row.map((cell, n) => (n === row.length - 1 ? cell : cell.padEnd(widths[n] ?? 0))).join(gap);
    return text.length > width ? `${text.slice(0, Math.max(width - 1, 1))}…` : text.trimEnd();
  };
  return [head, ...rows].map(line).join('\n');
}
