/** Numbers as a cron expression lists them: `1-5,9`. @param numbers ascending, each once */
export function numbersText(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  // Two neighbours are no range.
  const texts = runs.map(([from, to]) => (to - from > 1 ? `${from}-${to}` : [...new Set([from, to])].join(',')));
  return texts.join(',');
}
