import { afterAll, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { type Chart, chartOf } from '../../src/diagrams/chart.ts';
import { DrawingThread } from '../../src/diagrams/drawing-thread.ts';
import { svgOf } from '../../src/diagrams/svg.ts';

const chart = (id: string) =>
  chartOf(createMachine({ id, initial: 'on', states: { on: { on: { flip: 'off' } }, off: {} } }));
const thread = new DrawingThread();
afterAll(() => thread.stop());

it('draws what the one who asks would have drawn, one after the other, and goes on after what cannot be drawn', async () => {
  const broken = { ...chart('b'), root: null } as unknown as Chart;
  const [one, two, three] = await Promise.allSettled([chart('a'), broken, chart('c')].map((each) => thread.draw(each)));
  expect(one).toEqual({ status: 'fulfilled', value: await svgOf(chart('a')) });
  expect(two).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('TypeError') } });
  expect(three).toMatchObject({ status: 'fulfilled', value: expect.stringContaining('data-machine="c"') });
});

it('draws nothing more when it is told to stop', async () => {
  const refused = expect(thread.draw(chart('a'))).rejects.toThrow('the service ends');
  await thread.stop();
  await refused;
});
