/**
 * Trends: how a figure stands against the one before.
 */

export interface Figure {
  /** null: nothing to work it out from. */
  value: number | null;
  /** The same of the time before; null when too little is known of it. */
  before: number | null;
  /** By which share it has changed, as in 0.2 for a fifth more; null without a figure to compare with. */
  change: number | null;
}

/** Changes of less than that are none. */
export const noticeable = 0.05;

export function figure(value: number | null, before: number | null): Figure {
  const change = value === null || before === null || before === 0 ? null : (value - before) / Math.abs(before);
  return { value, before, change };
}

/** As in `+12 %`; `=` for hardly any change, `new` for what was not there before, empty for what cannot be compared. */
export function trendText({ value, before, change }: Figure): string {
  if (value === null || before === null) return '';
  if (change === null) return value === 0 ? '=' : 'new';
  if (Math.abs(change) < noticeable) return '=';
  return `${change > 0 ? '+' : '-'}${Math.round(Math.abs(change) * 100)} %`;
}
