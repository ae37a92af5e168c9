/**
 * Whether a number grows, as far as its scatter lets anybody say: a straight line through its samples, by least squares.
 */

export interface Sample {
  /** When it was taken, in hours from any instant. */
  hours: number;
  value: number;
}

export interface Trend {
  mean: number;
  /** Of the line, per hour. */
  slope: number;
  /** The slope's standard error: twice as much covers what chance makes of a slope of 0, nineteen times of twenty. */
  error: number;
  /** Whether what it grows by, beyond twice the error, is less than a hundredth of its mean within the samples. */
  isFlat: boolean;
}

/** What is too little to be told from what a mean itself is worth. */
const negligibleShare = 0.01;

/**
 * @param samples three at least, not all at one instant
 * @throws {RangeError} for fewer: no scatter is known of two
 */
export function trendOf(samples: readonly Sample[]): Trend {
  if (samples.length < 3) {
    throw new RangeError(`found ${samples.length} samples, expected 3 at least: let it run longer.`);
  }
  const [meanHours, mean] = [meanOf(samples.map(({ hours }) => hours)), meanOf(samples.map(({ value }) => value))];
  const spread = sumOf(samples.map(({ hours }) => (hours - meanHours) ** 2));
  const slope = sumOf(samples.map(({ hours, value }) => (hours - meanHours) * (value - mean))) / spread;
  const left = sumOf(samples.map(({ hours, value }) => (value - mean - slope * (hours - meanHours)) ** 2));
  const error = Math.sqrt(left / (samples.length - 2) / spread);
  const all = samples.map(({ hours }) => hours);
  const length = Math.max(...all) - Math.min(...all);
  return { mean, slope, error, isFlat: (slope - 2 * error) * length <= negligibleShare * mean };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function meanOf(numbers: readonly number[]): number {
  return sumOf(numbers) / numbers.length;
}
