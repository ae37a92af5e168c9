/**
 * So many engines busy at once, in a prepared store with so many engines; the others are idle beside them:
 * node throughput.ts FILE COUNT AT-ONCE [MEASURED-MS]
 */
import { keepBusy } from '../busy.ts';
import { engineAddress, openEngines } from '../world.ts';

const [file, count, atOnce, measuredMs = '2500'] = process.argv.slice(2) as [string, string, string, string?];
const world = await openEngines(file, Number(count));
const addresses = Array.from({ length: Number(atOnce) }, (_, n) => engineAddress(n));
const busy = await keepBusy(world.host, addresses, { warmUpMs: 1_500, measuredMs: Number(measuredMs) });
await world.close();
console.log(JSON.stringify(busy));
