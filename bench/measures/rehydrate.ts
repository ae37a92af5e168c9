/**
 * A process that brings every engine back from a store that was prepared before, and says when all are armed:
 * node rehydrate.ts FILE COUNT. Whoever started it measures from the outside; what it tells itself is where the time went,
 * in milliseconds since the process began.
 */
import { wantedActors } from '../../src/actors/wanted.ts';
import { systemClock } from '../../src/clock.ts';
import { configOf, engineAddress, openWorld } from '../world.ts';

const [file, count] = process.argv.slice(2) as [string, string];
const loadedMs = systemClock.monotonic();
const config = configOf(Number(count));
const configuredMs = systemClock.monotonic();
const { host } = await openWorld(file, config);
const openedMs = systemClock.monotonic();
await host.ensure(wantedActors(config));
const armedMs = systemClock.monotonic();
const last = host.read(engineAddress(Number(count) - 1));
if (Object.keys(last.timers).length === 0) throw new Error('the last engine is back without a timer');
console.log(JSON.stringify({ loadedMs, configuredMs, openedMs, armedMs }));
// As a crash would: the next process finds the same.
process.exit();
