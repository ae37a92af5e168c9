/**
 * Nothing is done before its cause is on disk: a run begins once its record says that it runs, a job gets the result of a step
 * once that is kept, and a call carries a token once that is.
 */
import { type ActorRecord, recordKey } from '../../persistence/record.ts';
import type { EngineContext } from '../../policies/engine.ts';
import type { DurableSnapshot } from '../../stream.ts';
import type { Invariant } from './invariant.ts';

type State = Pick<DurableSnapshot, 'value' | 'effects'> & { context: EngineContext };

export const causeOnDisk: Invariant = {
  name: 'cause on disk',
  claim: 'no run begins, no result of a step is used and no token is sent before it is on disk',
  watch(world, broken) {
    const stateOf = (engine: string) =>
      (world.onDisk(recordKey(`engine/${engine}`)) as ActorRecord | undefined)?.state as unknown as State | undefined;
    return {
      seen(event) {
        if (event.type === 'run.began') {
          const { engine, run, ticket } = event.work;
          const kept = stateOf(engine)?.effects.run?.ticket;
          if (kept !== ticket) broken(`the run ${run} begins, and on disk is ${kept ? 'another start' : 'none'}`);
        } else if (event.type === 'step.kept') {
          const { engine, run, name } = event.step;
          const kept = stateOf(engine)?.context.run;
          const isKept = kept?.id === run && (Object.hasOwn(kept.steps, name) || kept.skipped.includes(name));
          if (!isKept) broken(`the result of the step '${name}' of ${run} is used, and is not on disk`);
        } else if (event.type === 'call.sent') {
          const { request } = event;
          const carried = world.tokenOf(request);
          if (carried && carried.version > world.storedToken(carried.token)) {
            broken(
              `call ${request.number} carries version ${carried.version} of '${carried.token}', and that is not on disk`,
            );
          }
        }
      },
    };
  },
};
