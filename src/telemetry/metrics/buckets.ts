import { scaleOf } from '../../policies/histogram.ts';

/** Upper ends of Prometheus' buckets of lengths, seconds: from an API's answer to a night's import. */
export const bucketEnds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

export const bucketScale = scaleOf(bucketEnds.map((seconds) => seconds * 1000));
