/**
 * The thread behind `DrawingThread`.
 */
import { parentPort } from 'node:worker_threads';
import type { Chart } from './chart.ts';
import type { DrawingAnswer } from './drawing-thread.ts';
import { svgOf } from './svg.ts';

async function answer(chart: Chart): Promise<DrawingAnswer> {
  try {
    return { svg: await svgOf(chart) };
  } catch (error) {
    return { failed: String(error) };
  }
}

parentPort?.on('message', async (chart: Chart) => parentPort?.postMessage(await answer(chart)));
