/**
 * The results as a page a person reads.
 */
import type { Machine } from './machine.ts';

/** A measured number, or some that belong together, and what it should be. */
export interface Line {
  what: string;
  value: number | number[];
  unit: string;
  /** Absent for a number without a target. */
  target?: { atMost: number } | { atLeast: number };
}

export function page(
  title: string,
  date: string,
  machine: Machine,
  others: { stolen: number; load: number },
  lines: readonly Line[],
) {
  const facts = [
    `${date}, ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}, SQLite ${machine.sqlite}.`,
    `A synced write of 4 KB took ${machine.fdatasyncMs.toFixed(2)} ms with fdatasync and ${machine.fsyncMs.toFixed(2)} ms with fsync,`,
    `a record as JSON ${machine.jsonUs.toFixed(1)} µs. Meanwhile ${(100 * others.stolen).toFixed(0)} % of the processors' time`,
    `were stolen by the hypervisor, and the load was ${others.load.toFixed(1)}.`,
  ];
  const rows = lines.map(({ what, value, unit, target }) => [
    what,
    `${shown(value)} ${unit}`,
    targetOf(target),
    verdict(value, target),
  ]);
  const table = [['', 'measured', 'target', ''], ['---', '---:', '---:', '---'], ...rows];
  return [`# ${title}`, '', ...facts, '', ...table.map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n');
}

function shown(value: Line['value']): string {
  if (typeof value !== 'number') return value.map(shown).join(', ');
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(value >= 10 ? 1 : 2);
}

function targetOf(target: Line['target']): string {
  if (!target) return '';
  return 'atMost' in target ? `≤ ${shown(target.atMost)}` : `≥ ${shown(target.atLeast)}`;
}

function verdict(value: Line['value'], target: Line['target']): string {
  if (!target || typeof value !== 'number') return '';
  return ('atMost' in target ? value <= target.atMost : value >= target.atLeast) ? 'met' : 'missed';
}
