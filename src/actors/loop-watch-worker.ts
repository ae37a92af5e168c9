/**
 * The thread behind `watchLoop`: notices that the main thread stands still, and ends the effect that does it.
 */
import { Session } from 'node:inspector/promises';
import { type MessagePort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import type { CurrentEffect } from './current-effect.ts';
import { keepStandstill, type Standstill } from './standstill.ts';

const { counts, everyMs, beatsPerLimit, limitMs, port, file } = workerData as {
  counts: Int32Array;
  everyMs: number;
  beatsPerLimit: number;
  limitMs: number;
  port: MessagePort;
  file: string;
};
// As in loop-watch.ts, which a worker cannot import without starting what it imports.
const effectSymbol = 'nightshift.currentEffect';

interface Frame {
  callFrameId: string;
  functionName: string;
  location: { scriptId: string; lineNumber: number };
}

let seen = -1;
let missed = 0;
let intervening = false;

function look() {
  // Always again: with no timer of its own a worker ends while it waits for the debugger's answer.
  systemClock.after(everyMs, look);
  if (intervening) return;
  const beat = Atomics.load(counts, 0);
  missed = beat === seen ? missed + 1 : 0;
  seen = beat;
  // A machine that slept misses one beat, not a whole limit's worth.
  if (missed < beatsPerLimit) return;
  missed = 0;
  intervening = true;
  intervene()
    // A debugger that does not answer now is asked again when the limit is over once more.
    .catch(() => {})
    .finally(() => {
      intervening = false;
    });
}

async function intervene() {
  const session = new Session();
  session.connectToMainThread();
  try {
    const files = new Map<string, string>();
    session.on('Debugger.scriptParsed', ({ params }) => files.set(params.scriptId, params.url));
    const paused = new Promise<Frame | undefined>((resolve) => {
      session.once('Debugger.paused', ({ params }) => resolve(params.callFrames[0] as Frame | undefined));
    });
    await session.post('Debugger.enable');
    await session.post('Debugger.pause');
    const frame = await paused;
    // A loop that turned in the last moment has nobody in it who may be ended.
    if (!frame || Atomics.load(counts, 0) !== seen) return;
    const { result } = await session.post('Debugger.evaluateOnCallFrame', {
      callFrameId: frame.callFrameId,
      expression: `JSON.stringify(globalThis[Symbol.for('${effectSymbol}')]())`,
      returnByValue: true,
    });
    const effect = JSON.parse(String(result.value)) as CurrentEffect | null;
    const where = `${frame.functionName || 'a function without a name'}, ${files.get(frame.location.scriptId)}:${frame.location.lineNumber + 1}`;
    // All is said before the main thread moves on: it may do so to its end.
    if (effect) keep({ effect, where, limitMs });
    port.postMessage({ effect, where, limitMs });
    Atomics.add(counts, 1, 1);
    await session.post('Debugger.resume');
    if (effect) await session.post('Runtime.terminateExecution');
    await session.post('Debugger.disable');
  } finally {
    session.disconnect();
  }
}

function keep(standstill: Standstill) {
  try {
    keepStandstill(file, standstill);
  } catch {
    // With a disk that takes nothing the main thread's own word has to do.
  }
}

look();
