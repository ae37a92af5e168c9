/**
 * Nothing is published outside of its hours: a step that has a window begins while that is open, and so does the first attempt of a
 * scheduled run whose engine has one. The clock on the wall decides, as it does for the runtime.
 */
import type { EngineContext } from '../../policies/engine.ts';
import { isOpen } from '../../policies/window.ts';
import type { Invariant } from './invariant.ts';

export const withinWindows: Invariant = {
  name: 'within windows',
  claim: 'nothing is published outside of its window',
  watch(world, broken) {
    const { engines, windows } = world.config;
    const windowed = new Map(
      [...engines.values()].flatMap(({ id, settings: { window } }) => (window ? [[`engine/${id}`, window]] : [])),
    );
    /** The latest run of each engine whose beginning was looked at. */
    const begun = new Map<string, string>();
    return {
      seen(event) {
        if (event.type === 'step.began') {
          const { name, run, window } = event.step;
          const hours = window === undefined ? undefined : windows.get(window);
          if (hours && !isOpen(hours, world.wallNow()))
            broken(`the step '${name}' of ${run} begins while its window '${window}' is closed`);
          return;
        }
        if (event.type !== 'transition' || windowed.size === 0) return;
        const { address, snapshot } = event.transition;
        const window = windowed.get(address);
        if (!window) return;
        const { run } = snapshot.context as unknown as EngineContext;
        if (!run || run.startedAt === null || run.trigger !== 'schedule' || begun.get(address) === run.id) return;
        begun.set(address, run.id);
        if (!isOpen(window, run.startedAt))
          broken(`the run ${run.id} begins at ${new Date(run.startedAt).toISOString()}, while its window is closed`);
      },
    };
  },
};
