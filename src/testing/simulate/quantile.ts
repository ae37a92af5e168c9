/**
 * The value below which a share of the values lies.
 *
 * @param sorted in ascending order
 * @param share from 0 to 1
 * @returns 0 when there are none
 */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0;
}

/** @param sorted in ascending order */
export function median(sorted: readonly number[]): number {
  return quantile(sorted, 0.5);
}
