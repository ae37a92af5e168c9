/** The median of some numbers; of an even number of them, the lower one in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
}

type Numbers = { [name: string]: number | Numbers };

/** Results of the same measurement, each number the median of its own. */
export function medians<Result extends object>(results: readonly Result[]): Result {
  const [first] = results as readonly Numbers[];
  return Object.fromEntries(
    Object.entries(first ?? {}).map(([name, value]) => {
      const all = (results as readonly Numbers[]).map((result) => result[name]);
      return [name, typeof value === 'number' ? median(all as number[]) : medians(all as Numbers[])];
    }),
  ) as Result;
}
