/**
 * Stillness: the moment at which nothing in this process goes on by itself any more.
 *
 * A turn of the event loop would tell, and costs a call of the kernel each time. Node runs a tick once no microtask is left, and
 * gives each of them the next number there is for asynchronous resources: when one follows right upon the other, nobody else has
 * asked for a tick meanwhile, and so nothing is left that could go on in this turn. Where Node numbers otherwise, as when
 * somebody watches promises by `async_hooks`, turns of the loop serve as well.
 */
import { executionAsyncId } from 'node:async_hooks';

/** The real ones: inside of a world there are others. */
const { setImmediate: realImmediate, setTimeout: realTimeout } = globalThis;
/** After so many turns something takes its time, and may have the processor for itself. */
const hastyTurns = 1_000;

/** Ticks without two that follow one another, after which the loop turns instead. */
const ticksMax = 8;

/** Resolves once no microtask and no tick is left. */
export async function still(): Promise<void> {
  let before = await tick();
  for (let ticks = 1; ticks < ticksMax; ticks++) {
    const number = await tick();
    if (number === before + 1) return;
    before = number;
  }
  await turn();
}

/** Resolves after a turn of the event loop. @param before how many have been waited for already */
export function turn(before = 0): Promise<void> {
  return new Promise((turned) => (before < hastyTurns ? realImmediate(turned) : realTimeout(turned, 1)));
}

/** What Node itself is at, as loading a module, and immediates that wait for the next turn. */
export function needsTurn(): boolean {
  for (const name of process.getActiveResourcesInfo()) {
    if (name === 'Immediate' || name.startsWith('FSReq') || name.startsWith('GetAddrInfo')) return true;
  }
  return false;
}

function tick(): Promise<number> {
  return new Promise((ticked) => process.nextTick(() => ticked(executionAsyncId())));
}
