/**
 * Video: renders what was filmed, uploads it with a thumbnail, and announces it.
 *
 * Shows steps that go on where a kill cut them off, rendering that resumes from its last checkpoint, a quota that is used
 * up at the worst moment, and an announcement that can be left out.
 */
import { setTimeout as work } from 'node:timers/promises';
import { engine, type StepScope } from 'nightshift';
import { z } from 'zod';
import { scaled } from '../hostile-world/scale.ts';
import { json, read } from './reading.ts';
import { timing } from './timing.ts';

const footage = z.object({ name: z.string(), seconds: z.number() });
const uploaded = z.object({ id: z.string() });
const scenes = 8;

export const video = engine('video', {
  ...timing,
  every: scaled('30m'),
  output: z.object({ videoId: z.string() }),

  async run({ step, service, runId }) {
    const raw = await step('pick', async () => read(await service('storage').fetch('/footage/next'), footage));

    const file = await step('render', async ({ checkpoint, resume, signal }: StepScope<{ scene: number }>) => {
      for (let scene = resume?.scene ?? 1; scene <= scenes; scene++) {
        await work(scaled('15s'), null, { signal });
        await checkpoint({ scene: scene + 1 });
      }
      return `${raw.name}.mp4`;
    });

    const { id } = await step('upload', async () =>
      read(await service('video').fetch('/videos', json('POST', { ref: runId, title: file })), uploaded),
    );
    await step('thumbnail', async () => {
      await service('video').fetch(`/videos/${id}/thumbnail`, json('POST', { ref: runId }));
    });
    await step(
      'announce',
      async () => {
        await service('social').fetch('/posts', json('POST', { ref: `${runId} announcement`, text: `New: ${id}` }));
      },
      { whenDown: 'skip', window: 'daytime' },
    );
    return { videoId: id };
  },
});
