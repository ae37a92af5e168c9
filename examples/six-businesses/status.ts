/**
 * Status: a few words on how the day goes, several times a day and never at night.
 *
 * Shows a window on a step, a number that can be left out, and due times that are not worth making up for.
 */
import { engine } from 'nightshift';
import { z } from 'zod';
import { scaled } from '../hostile-world/scale.ts';
import { ask } from './ask.ts';
import { json, read } from './reading.ts';
import { timing } from './timing.ts';

const numbers = z.object({ visitors: z.number().int() });
const posted = z.object({ id: z.string() });

export const status = engine('status', {
  ...timing,
  every: scaled('12m'),
  catchUp: 'skip',
  grace: scaled('10m'),
  output: z.object({ post: z.string() }),

  async run({ step, service, runId }) {
    const today = await step(
      'numbers',
      async () => read(await service('analytics').fetch('/visitors?since=yesterday'), numbers),
      { whenDown: 'skip' },
    );
    const text = await step('write', () => ask(service('llm'), `${today?.visitors ?? 'many'} visitors`));
    const { id } = await step(
      'post',
      async () => read(await service('social').fetch('/posts', json('POST', { ref: runId, text })), posted),
      { window: 'daytime' },
    );
    return { post: id };
  },
});
