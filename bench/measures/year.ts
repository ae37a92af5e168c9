/**
 * One simulation of the comparison: `year.ts WAY SEED DAYS`.
 */
import { simulate, type Way } from '../year/simulate.ts';

const [way = '', seed = '1', days = '21'] = process.argv.slice(2);
let shown = 0;
const outcome = await simulate(way as Way, Number(seed), Number(days), (day) => {
  if (day < shown) return;
  process.stderr.write(`${way}, seed ${seed}: day ${Math.floor(day)} of ${days}\n`);
  shown = day + Number(days) / 12;
});
console.log(JSON.stringify(outcome));
