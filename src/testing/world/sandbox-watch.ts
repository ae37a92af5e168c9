/**
 * The last resort: what Node begins on behalf of a life although no function that is replaced was asked for it.
 *
 * A module may have taken a function out of its place before the first world was opened: `const sleep = promisify(setTimeout)`.
 * What that begins is seen by the resource that it takes. Node numbers resources for promises too when it is watched so, which
 * costs much; where it cannot leave them out, nobody watches.
 */
import { createHook } from 'node:async_hooks';
import { presentLife } from './life.ts';
import { isAskedBy, loading, type Refusal, refused } from './refusal.ts';

/** What is begun, by its type. */
const refusals = new Map<string, Refusal>([
  ['Timeout', 'REAL_TIME'],
  ...[
    ...['FSREQCALLBACK', 'FSREQPROMISE', 'FILEHANDLE', 'FSEVENTWRAP', 'STATWATCHER', 'DIRHANDLE'],
    ...['TCPWRAP', 'TCPCONNECTWRAP', 'TCPSERVERWRAP', 'PIPECONNECTWRAP', 'PIPESERVERWRAP', 'TLSWRAP', 'UDPWRAP'],
    ...['GETADDRINFOREQWRAP', 'GETNAMEINFOREQWRAP', 'DNSCHANNEL', 'QUERYWRAP', 'HTTPCLIENTREQUEST', 'HTTP2SESSION'],
    ...['PROCESSWRAP', 'WORKER'],
  ].map((type): [string, Refusal] => [type, 'REAL_IO']),
]);

/** Test runners note what is printed, and take their time for it. */
const printing = /node:internal\/console/;

/** @returns a function that stops watching */
export function watchHandles(): () => void {
  if (!canLeavePromisesOut) return () => {};
  const hook = createHook({
    init: (_, type) => {
      const refusal = refusals.get(type);
      const life = refusal && presentLife();
      if (!life || isAskedBy(loading) || isAskedBy(printing)) return;
      refused(life, `${type}, begun by a function that was taken from its place before there was a world`, refusal);
    },
    trackPromises: false,
  } as Parameters<typeof createHook>[0]).enable();
  return () => void hook.disable();
}

/** Whether this Node watches without numbering promises. */
const canLeavePromisesOut = (() => {
  let isNumbered = false;
  const init = (_: number, type: string) => {
    isNumbered ||= type === 'PROMISE';
  };
  const hook = createHook({ init, trackPromises: false } as Parameters<typeof createHook>[0]).enable();
  void Promise.resolve();
  hook.disable();
  return !isNumbered;
})();
