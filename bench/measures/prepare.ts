/** Prepares a store with so many idle engines: node prepare.ts FILE COUNT */
import { openEngines } from '../world.ts';

const [file, count] = process.argv.slice(2) as [string, string];
const world = await openEngines(file, Number(count));
await world.close();
console.log('{}');
