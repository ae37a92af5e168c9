import { defineConfig, engine, oauth2 } from 'nightshift';
import { faults, World } from 'nightshift/testing';
import { expect, it } from 'vitest';

// One of them is the write with which the run begins, while the token is still being refreshed.
it.each([2, 3, 4, 5, 6])(
  'a call takes a token whose refresh ended while its question waited for write %i',
  async (write) => {
    const grant = { tokenUrl: 'https://login.example/token', clientId: 'studio' };
    const config = defineConfig({
      tokens: { studio: oauth2({ ...grant, clientSecret: 'a-secret', refreshToken: 'the-first-one' }) },
      services: { video: { url: 'https://video.example', token: 'studio' } },
      engines: [
        engine('upload', {
          every: '1h',
          run: async ({ service }) => (await service('video').fetch('/videos', { method: 'POST' })).json(),
        }),
      ],
    });
    await using world = new World({ config, faults: [{ fault: faults.busy, write }] });
    await world.run({ minutes: 5 });
    expect(world.history.lines.filter((line) => line.includes('held'))).toEqual([]);
    expect(world.history.lines.join('\n')).toContain('"outcome":"ran"');
  },
);
