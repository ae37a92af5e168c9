/**
 * A past for each engine: what a service has in its ledger that has worked for some hours.
 */
import { openDataDir } from '../../src/persistence/data-dir.ts';
import { ledgerRow } from '../../src/persistence/ledger.ts';
import { openStore } from '../../src/persistence/store.ts';
import type { Settled } from '../../src/policies/run.ts';
import { seededRandom } from '../../src/random.ts';
import { jobEveryMs, jobs } from './config.ts';

const runsOfEach = 60;
const jobsToAWrite = 50;
const failing = 0.02;

/** @param until epoch ms */
export async function writePast(dataDir: string, until: number): Promise<void> {
  const store = await openStore(`sqlite://${openDataDir(dataDir).store}`);
  const chance = seededRandom(7);
  for (let from = 0; from < jobs.length; from += jobsToAWrite) {
    const some = jobs.slice(from, from + jobsToAWrite);
    await store.write(some.flatMap((id) => Array.from({ length: runsOfEach }, (_, n) => runOf(id, n, until, chance))));
  }
  await store.close();
}

function runOf(id: string, n: number, until: number, chance: () => number) {
  const at = until - (runsOfEach - n) * jobEveryMs - Math.floor(chance() * jobEveryMs);
  const luck = chance();
  const entry: Settled = {
    outcome: 'ran',
    due: { from: at - 100, to: at - 100 },
    run: `${id}.${n}`,
    result: luck < failing ? 'failure' : 'success',
    attempts: luck < 2 * failing ? 3 : 1,
    startedAt: at - 60 - Math.floor(chance() * 30),
    steps: { find: 41, render: 21, publish: 1 },
    ...(luck < failing && { reason: 'the service answered 503: the service is in trouble' }),
  };
  return ledgerRow(`engine/${id}`, at, n, entry);
}
