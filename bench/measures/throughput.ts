/**
 * So many engines busy at once, in a prepared store with so many engines; the others are idle beside them:
 * node throughput.ts FILE COUNT AT-ONCE [guarded]
 *
 * Guarded, the first of them has windows, a limit on runs at once, and a call under a quota.
 */
import { keepBusy } from '../busy.ts';
import { engineAddress, openEngines } from '../world.ts';

const [file, count, atOnce, guarded] = process.argv.slice(2) as [string, string, string, string?];
const world = await openEngines(file, Number(count), guarded !== undefined);
const addresses = Array.from({ length: Number(atOnce) }, (_, n) => engineAddress(n));
const busy = await keepBusy(world.host, addresses, { warmUpMs: 1_500, measuredMs: 2_500 });
await world.close();
console.log(JSON.stringify(busy));
