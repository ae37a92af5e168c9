/**
 * A run has one live owner at most: it does not begin again while an earlier start of it, or of another run of its engine, is still
 * at it. A start that was told to end, or whose process is dead, owns nothing any more.
 */
import type { Invariant, RunWork } from './invariant.ts';

export const oneOwner: Invariant = {
  name: 'one owner',
  claim: 'a run has at most one live owner, across processes too',
  watch(_, broken) {
    const owners = new Map<string, { work: RunWork; life: number }>();
    return {
      seen(event) {
        switch (event.type) {
          case 'run.began': {
            const { work, life } = event;
            const owner = owners.get(work.engine);
            if (owner && !owner.work.signal.aborted) {
              broken(
                `the run ${work.run} of ${work.engine} begins in process ${life}, while ${owner.work.run} is under way in process ${owner.life}`,
              );
            }
            owners.set(work.engine, { work, life });
            return;
          }
          case 'run.ended':
            if (owners.get(event.work.engine)?.work === event.work) owners.delete(event.work.engine);
            return;
          case 'process.ended':
            for (const [engine, { life }] of owners) if (life === event.life) owners.delete(engine);
            return;
          default:
        }
      },
    };
  },
};
