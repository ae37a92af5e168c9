/**
 * The tasks of the comparison, as the services see them: what has been done, and what has been done twice.
 *
 * Nobody is asked what they believe to have done.
 */
import { answer, type Handler } from '../../src/testing/world/network.ts';
import { dueAfter, type Job, jobs, type Part } from './jobs.ts';

interface Task {
  done: Set<string>;
  doneAt: number;
}

export class Tasks {
  readonly #open = new Map<string, Task>();
  readonly #done = new Map<string, number>();
  readonly #keys = new Map<string, string | null>();
  #twice = 0;

  /** Takes what a job sends to a service. */
  readonly handler: Handler = ({ body, headers }, at) => {
    const { job: name, dueAt, part } = JSON.parse(body) as { job: string; dueAt: number; part: string };
    const job = jobs.find((each) => each.name === name) as Job;
    const task = `${name} ${dueAt}`;
    this.#noteTwice(`${task} ${part}`, headers.get('idempotency-key'));
    if (!this.#done.has(task)) this.#take(task, job, part, at);
    return answer(200, { taken: part });
  };

  /** Calls that a service did anew although it had done the same before. */
  get twice(): number {
    return this.#twice;
  }

  /** Tasks that fell due between two instants: how many there were, and how many of them have not been done. */
  count(from: number, to: number): { due: number; lost: number } {
    let [due, lost] = [0, 0];
    for (const job of jobs) {
      for (let at = dueAfter(job, from); at < to; at = dueAfter(job, at)) {
        due += 1;
        if (!this.#done.has(`${job.name} ${at}`)) lost += 1;
      }
    }
    return { due, lost };
  }

  #take(task: string, { parts }: Job, part: Part['name'], at: number): void {
    const open = this.#open.get(task) ?? { done: new Set(), doneAt: at };
    this.#open.set(task, open);
    open.done.add(part);
    if (open.done.size < parts.length) return;
    this.#open.delete(task);
    this.#done.set(task, at);
  }

  #noteTwice(call: string, key: string | null): void {
    if (!this.#keys.has(call)) this.#keys.set(call, key);
    else if (key === null || this.#keys.get(call) !== key) this.#twice += 1;
  }
}
