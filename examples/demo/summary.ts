/**
 * The end of the demo, in three tables: what became of every due time, what got well by itself, and what was done that must not be.
 */
import { table } from '../../src/cli/table.ts';
import { violationKinds } from '../hostile-world/judge.ts';
import type { DemoOutcome } from './demo.ts';
import { type Healing, healings } from './healing.ts';

const violationsShown = 20;

export function summaryOf(outcome: DemoOutcome): string {
  return [runs(outcome), healed(outcome), violations(outcome)].join('\n\n');
}

function runs({ accounts, leftOut }: DemoOutcome): string {
  const rows = accounts.map(({ engine, ledger, state }) => {
    const of = (outcome: string) => ledger.filter((entry) => entry.outcome === outcome).length;
    const ended = (result: string) => ledger.filter((entry) => entry.result === result).length;
    const degraded = ledger.filter(({ skipped }) => skipped).length;
    const settled = [of('coalesced'), of('skipped'), of('missed')].map(String);
    return [engine.id, String(ended('success')), String(degraded), String(ended('failure')), ...settled, state];
  });
  const head = ['JOB', 'SUCCEEDED', 'DEGRADED', 'FAILED', 'COALESCED', 'SKIPPED', 'MISSED', 'NOW'];
  return [table(head, rows), ...leftOut.map((each) => `left out: ${each}`)].join('\n');
}

function healed({ healed }: DemoOutcome): string {
  const rows = (Object.keys(healings) as Healing[]).map((healing) => [
    String(healed.get(healing) ?? 0).padStart(5),
    healings[healing],
  ]);
  return table(['TIMES', 'WHAT HEALED'], rows);
}

function violations({ violations, requests, hostile, folder }: DemoOutcome): string {
  const rows = violationKinds.map((kind) => [
    String(violations.filter((each) => each.kind === kind).length).padStart(5),
    kind,
  ]);
  const evidence = violations.slice(0, violationsShown).map(({ kind, evidence }) => `${kind}: ${evidence}`);
  const more = violations.length - evidence.length;
  return [
    `The world saw ${requests} requests, answered ${hostile} of them badly or not at all, and counts as violations:`,
    table(['TIMES', 'VIOLATION'], rows),
    ...evidence,
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(violations.length > 0 ? [`The evidence is in ${folder}`] : []),
  ].join('\n');
}
