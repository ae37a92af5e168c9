/**
 * Figures as they are written.
 */
import type { FigureName } from '../../telemetry/metrics/figures.ts';
import { lengthOf } from '../format.ts';

export function valueText(name: FigureName, value: number): string {
  if (name.endsWith('Ms')) return lengthOf(value);
  if (name.endsWith('Share'))
    return `${(value * 100).toFixed(value > 0.995 || value < 0.1 ? 1 : 0).replace(/\.0$/, '')} %`;
  if (name.endsWith('Bytes')) return value > 1e9 ? `${(value / 1e9).toFixed(1)} GB` : `${Math.round(value / 1e6)} MB`;
  return Number.isInteger(value) ? value.toLocaleString() : value.toFixed(value < 10 ? 2 : 0);
}
