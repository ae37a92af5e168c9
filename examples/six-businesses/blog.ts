/**
 * Blog: writes by night, publishes by day.
 *
 * Shows a step that waits for its window, through kills too, with everything before it done once; and a list of language
 * models of which the first has a name that does not resolve.
 */
import { engine } from 'nightshift';
import { z } from 'zod';
import { scaled } from '../hostile-world/scale.ts';
import { ask } from './ask.ts';
import { json, read } from './reading.ts';
import { timing } from './timing.ts';

const saved = z.object({ id: z.string() });
const stored = z.object({ url: z.url() });

export const blog = engine('blog', {
  ...timing,
  every: scaled('40m'),
  overlap: 'queue',
  output: z.object({ post: z.string(), images: z.array(z.url()).min(2) }),

  async run({ step, service, runId }) {
    const text = await step('draft', () => ask(service('llm'), 'Three things about lamps'));
    const images: string[] = [];
    for (const place of ['top', 'bottom']) {
      images.push(
        await step(`image ${place}`, async () => {
          const answer = await service('storage').fetch('/files', json('POST', { ref: `${runId} ${place}` }));
          return (await read(answer, stored)).url;
        }),
      );
    }
    const { id } = await step('save', async () =>
      read(await service('blog').fetch('/drafts', json('POST', { ref: runId, text, images })), saved),
    );
    await step(
      'publish',
      async () => {
        await service('blog').fetch(`/posts/${id}/publish`, json('POST', { ref: id }));
      },
      { window: 'publish' },
    );
    await step(
      'ping',
      async () => {
        await service('search').fetch('/ping', json('POST', { ref: id }));
      },
      { whenDown: 'skip' },
    );
    return { post: id, images };
  },
});
