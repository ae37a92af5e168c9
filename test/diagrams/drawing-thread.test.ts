import { afterAll, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { type Chart, chartOf } from '../../src/diagrams/chart.ts';
import { DrawingThread, statesMax } from '../../src/diagrams/drawing-thread.ts';
import { svgOf } from '../../src/diagrams/svg.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

const chart = (id: string) =>
  chartOf(createMachine({ id, initial: 'on', states: { on: { on: { flip: 'off' } }, off: {} } }));
const clock = new VirtualClock();
const thread = new DrawingThread(clock);
afterAll(() => thread.stop());

it('draws what the one who asks would have drawn, one after the other, and goes on after what cannot be drawn', async () => {
  const broken = { ...chart('b'), transitions: null } as unknown as Chart;
  const [one, two, three] = await Promise.allSettled([chart('a'), broken, chart('c')].map((each) => thread.draw(each)));
  expect(one).toEqual({ status: 'fulfilled', value: await svgOf(chart('a')) });
  expect(two).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('TypeError') } });
  expect(three).toMatchObject({ status: 'fulfilled', value: expect.stringContaining('data-machine="c"') });
});

it('gives up what takes more than a minute, and goes on with what was to come after it', async () => {
  const slow = expect(thread.draw(chart('slow'))).rejects.toMatchObject({ code: 'DRAWING_TOO_SLOW' });
  const next = thread.draw(chart('next'));
  await clock.advance(60_000);
  await slow;
  expect(await next).toContain('data-machine="next"');
});

it('refuses a chart that is too large, and says how large that is', async () => {
  const names = Array.from({ length: statesMax + 1 }, (_, n) => `s${n}`);
  const large = chartOf(
    createMachine({ id: 'large', initial: 's0', states: Object.fromEntries(names.map((name) => [name, {}])) }),
  );
  const message = 'large: found a chart that is too large to draw: 251 states, expected at most 250.';
  await expect(thread.draw(large)).rejects.toMatchObject({ code: 'CHART_TOO_LARGE', message });
});

it('takes no more than twenty orders at once', async () => {
  const busy = new DrawingThread(clock);
  const all = Promise.allSettled(Array.from({ length: 21 }, (_, n) => busy.draw(chart(`m${n}`))));
  await busy.stop();
  const reasons = (await all).map((each) => String((each as PromiseRejectedResult).reason));
  expect(reasons.filter((reason) => reason.includes('the service ends'))).toHaveLength(20);
  expect(reasons.at(-1)).toContain('found 20 charts that wait');
});

it('draws nothing more when it is told to stop', async () => {
  const refused = expect(thread.draw(chart('a'))).rejects.toThrow('the service ends');
  await thread.stop();
  await refused;
});
