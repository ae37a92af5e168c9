/**
 * Draws charts in a thread: laying one out takes about a second of a processor, in which the event loop would not turn for the jobs. One is
 * drawn after the other, and with the last one the thread ends: it holds some hundred megabytes. What is too large, takes too long or
 * comes on top of too many is refused.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Cancel, Clock } from '../clock.ts';
import { NightshiftError } from '../errors.ts';
import { type Chart, statesWithin } from './chart.ts';

/** A picture, or why there is none. */
export type DrawingAnswer = { svg: string } | { failed: string };

/** `CHART_TOO_LARGE`, which it stays; `DRAWING_TOO_SLOW` and `DRAWINGS_TOO_MANY`, which may be otherwise the next time. */
export class DrawingError extends NightshiftError {}

interface Order {
  chart: Chart;
  done: (svg: string) => void;
  failed: (error: Error) => void;
}

/** A picture of more than that nobody finds anything in. */
export const statesMax = 250;
const drawingMsMax = 60_000;
const ordersMax = 20;
const heapMbMax = 512;

export class DrawingThread {
  readonly #clock: Clock;
  /** The first of them is being drawn. */
  readonly #orders: Order[] = [];
  #worker: Worker | undefined;
  #cancelLimit: Cancel = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The chart as SVG. @throws {DrawingError} @throws what keeps it from being drawn */
  async draw(chart: Chart): Promise<string> {
    refuseLarge(chart);
    if (this.#orders.length >= ordersMax) {
      const message = `found ${ordersMax} charts that wait to be drawn, expected fewer. Look again in a minute.`;
      throw new DrawingError('DRAWINGS_TOO_MANY', message);
    }
    return new Promise((done, failed) => {
      this.#orders.push({ chart, done, failed });
      if (this.#orders.length === 1) this.#next();
    });
  }

  /** What has not been drawn will not be. */
  async stop(): Promise<void> {
    const orders = this.#orders.splice(0);
    for (const { failed } of orders) failed(new Error('the service ends'));
    await this.#end();
  }

  #next() {
    const [order] = this.#orders;
    this.#cancelLimit();
    if (!order) return void this.#end();
    this.#worker ??= this.#begin();
    this.#worker.postMessage(order.chart);
    this.#cancelLimit = this.#clock.after(drawingMsMax, () => {
      void this.#end();
      const message = `found that ${order.chart.id} is not drawn after ${drawingMsMax / 1000} s, expected it sooner. Look again when less is to do.`;
      this.#give(({ failed }) => failed(new DrawingError('DRAWING_TOO_SLOW', message)));
    });
  }

  #begin(): Worker {
    const file = new URL(`./drawing-worker${extname(import.meta.filename)}`, import.meta.url);
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: heapMbMax } });
    // It is no reason for the process to go on.
    worker.unref();
    // What one that was ended had still to say is about another order.
    const isOurs = () => this.#worker === worker;
    worker.on('message', (answer: DrawingAnswer) => {
      if (!isOurs()) return;
      this.#give(({ done, failed }) => ('svg' in answer ? done(answer.svg) : failed(new Error(answer.failed))));
    });
    const broken = (error: Error) => {
      if (!isOurs()) return;
      this.#worker = undefined;
      this.#give(({ failed }) => failed(error));
    };
    worker.once('error', broken);
    worker.once('exit', (code) => broken(new Error(`the thread that draws ended with ${code}`)));
    return worker;
  }

  /** What became of the first, and on to the next. */
  #give(tell: (order: Order) => void) {
    const order = this.#orders.shift();
    if (order) tell(order);
    this.#next();
  }

  async #end(): Promise<void> {
    this.#cancelLimit();
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }
}

function refuseLarge({ id, root }: Chart) {
  const count = [...statesWithin(root)].length;
  if (count <= statesMax) return;
  const message = `${id}: found a chart that is too large to draw: ${count} states, expected at most ${statesMax}.`;
  throw new DrawingError('CHART_TOO_LARGE', message);
}
