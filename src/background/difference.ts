/**
 * How two texts differ, line by line.
 */

/** The lines that are in one of them alone, in their order: `- ` before those of the first, `+ ` before those of the second. */
export function difference(first: string, second: string): string[] {
  const [from, to] = [first.split('\n'), second.split('\n')];
  const common = commonLengths(from, to);
  const lines: string[] = [];
  let [a, b] = [0, 0];
  while (a < from.length || b < to.length) {
    if (a < from.length && b < to.length && from[a] === to[b]) {
      a += 1;
      b += 1;
    } else if (b >= to.length || (a < from.length && length(common, a + 1, b) >= length(common, a, b + 1))) {
      lines.push(`- ${from[a++]}`);
    } else {
      lines.push(`+ ${to[b++]}`);
    }
  }
  return lines;
}

/** How many lines the rests from line a and from line b on have in common. */
function commonLengths(from: readonly string[], to: readonly string[]): number[][] {
  const lengths: number[][] = [];
  for (let a = from.length - 1; a >= 0; a--) {
    const row: number[] = [];
    lengths[a] = row;
    for (let b = to.length - 1; b >= 0; b--) {
      row[b] =
        from[a] === to[b]
          ? 1 + length(lengths, a + 1, b + 1)
          : Math.max(length(lengths, a + 1, b), length(lengths, a, b + 1));
    }
  }
  return lengths;
}

function length(lengths: readonly number[][], a: number, b: number): number {
  return lengths[a]?.[b] ?? 0;
}
