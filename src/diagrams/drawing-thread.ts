/**
 * Draws charts in a thread: laying one out takes about a second of a processor, in which the event loop would not turn for the jobs. One is
 * drawn after the other, and with the last one the thread ends: it holds some hundred megabytes.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Chart } from './chart.ts';

/** A picture, or why there is none. */
export type DrawingAnswer = { svg: string } | { failed: string };

interface Order {
  chart: Chart;
  done: (svg: string) => void;
  failed: (error: Error) => void;
}

export class DrawingThread {
  /** The first of them is being drawn. */
  readonly #orders: Order[] = [];
  #worker: Worker | undefined;

  /** The chart as SVG. @throws what keeps it from being drawn */
  draw(chart: Chart): Promise<string> {
    return new Promise((done, failed) => {
      this.#orders.push({ chart, done, failed });
      if (this.#orders.length === 1) this.#next();
    });
  }

  /** What has not been drawn will not be. */
  async stop(): Promise<void> {
    const orders = this.#orders.splice(0);
    for (const { failed } of orders) failed(new Error('the service ends'));
    await this.#worker?.terminate();
  }

  #next() {
    const [order] = this.#orders;
    this.#worker ??= this.#begin();
    if (order) this.#worker.postMessage(order.chart);
    else this.#end();
  }

  #begin(): Worker {
    const file = new URL(`./drawing-worker${extname(import.meta.filename)}`, import.meta.url);
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: heapMbMax } });
    // It is no reason for the process to go on.
    worker.unref();
    worker.on('message', (answer: DrawingAnswer) => {
      const order = this.#orders.shift();
      if ('svg' in answer) order?.done(answer.svg);
      else order?.failed(new Error(answer.failed));
      this.#next();
    });
    const broken = (error: Error) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#orders.shift()?.failed(error);
      if (this.#orders.length > 0) this.#next();
    };
    worker.once('error', broken);
    worker.once('exit', (code) => broken(new Error(`the thread that draws ended with ${code}`)));
    return worker;
  }

  #end() {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}

const heapMbMax = 512;
