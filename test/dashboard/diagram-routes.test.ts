import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { resolveConfig } from '../../src/config/resolve.ts';
import { type DiagramPorts, serveDiagrams } from '../../src/dashboard/diagram-routes.ts';
import { type Chart, statesWithin } from '../../src/diagrams/chart.ts';
import { DrawingError } from '../../src/diagrams/drawing-thread.ts';
import { defineConfig, engine } from '../../src/index.ts';

const config = resolveConfig(
  defineConfig({
    timeZone: 'Europe/Berlin',
    windows: { publish: { from: '09:00', to: '22:00' } },
    engines: [
      engine('video', {
        every: '1h',
        window: 'publish',
        async run({ step }) {
          await step('render', () => 1);
          await step('upload', () => 2);
        },
      }),
    ],
  }),
  {},
  '.',
);

function appWith(draw: DiagramPorts['draw']) {
  const app = new Hono();
  app.onError((error, context) => context.json({ error: error.message }, 500));
  serveDiagrams(app, { host: { addresses: () => ['engine/video'] }, config, draw } as unknown as DiagramPorts);
  return (id: string, file = 'diagram') => app.request(`/api/actors/engine/${id}/${file}`);
}

it("draws an engine's own chart once, without what stays where it is and without a style of its own", async () => {
  const drawn: Chart[] = [];
  const get = appWith(async (chart) => {
    drawn.push(chart);
    return '<svg><style>.a{}</style><g/></svg>';
  });
  const [answer] = await Promise.all([get('video'), get('video')]);
  expect(answer.headers.get('content-type')).toBe('image/svg+xml');
  expect(await answer.text()).toBe('<svg><g/></svg>');
  expect(drawn).toHaveLength(1);
  const [{ root, transitions } = { root: undefined, transitions: [] }] = drawn;
  const states = root ? [...statesWithin(root)] : [];
  expect(states.map(({ name }) => name)).toEqual(expect.arrayContaining(['running.render', 'running.upload']));
  expect(states.find(({ name }) => name === 'held.forTime')?.notes).toEqual(['publish: 09:00 to 22:00, Europe/Berlin']);
  expect(transitions.every(({ from, to }) => to !== null && to !== from)).toBe(true);
});

it.each([
  ['CHART_TOO_LARGE', 422],
  ['DRAWING_TOO_SLOW', 503],
])('says why there is no picture, and where the source is: %s', async (code, status) => {
  const get = appWith(() => Promise.reject(new DrawingError(code, 'too large to draw')));
  const answer = await get('video');
  expect(answer.status).toBe(status);
  const source = '/api/actors/engine/video/diagram.mmd';
  expect(await answer.json()).toEqual({ error: 'too large to draw', code, source });
  expect(await (await get('video', 'diagram.mmd')).text()).toContain('running_render --> running_upload');
});

it('draws again what could not be drawn', async () => {
  let times = 0;
  const get = appWith(() => (++times === 1 ? Promise.reject(new Error('no memory')) : Promise.resolve('<svg/>')));
  expect((await get('video')).status).toBe(500);
  expect((await get('video')).status).toBe(200);
  expect((await get('vdieo')).status).toBe(404);
});
