/**
 * What a process of Node on Linux holds at an instant, seen from outside: its heap after a collection, by the inspector's protocol
 * (https://chromedevtools.github.io/devtools-protocol/v8/), the rest in `/proc`.
 */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { memoryOf } from '../../bench/page/process.ts';
import { outsideOfV8 } from './mappings.ts';

export interface Held {
  /** What lives in the heap after a collection, in megabytes. */
  heapMb: number;
  /** Memory that is its own alone and not V8's: what C and C++ hold, buffers of JavaScript among it. In megabytes. */
  outsideMb: number;
  /** All memory that is its own alone, with pages that V8 keeps in reserve, in megabytes. */
  privateMb: number;
  /** Open files, sockets and pipes. */
  handles: number;
  threads: number;
}

/** Starts the inspector of a Node process, on a free port. */
export const inspectOption = '--inspect=127.0.0.1:0';

/** Where the inspector listens, from a line that Node writes as it starts. */
export function inspectorIn(line: string): string | undefined {
  return /^Debugger listening on (ws:\S+)$/.exec(line)?.[1];
}

/** Whether Node writes such a line for the sake of its inspector. */
export function isOfInspector(line: string): boolean {
  return /^(Debugger (listening on|attached|ending on)|For help, see: |Waiting for the debugger)/.test(line);
}

/** Asks one process again and again: {@link Holding.of} begins with it. */
export class Holding {
  readonly #pid: number;
  readonly #socket: WebSocket;
  readonly #gone = new AbortController();
  #asked = 0;

  constructor(pid: number, socket: WebSocket) {
    this.#pid = pid;
    this.#socket = socket;
    socket.addEventListener('close', () => this.#gone.abort(new Error('the process has ended')));
  }

  static async of(pid: number, inspector: string): Promise<Holding> {
    const socket = new WebSocket(inspector);
    await once(socket, 'open');
    return new Holding(pid, socket);
  }

  /** @throws when the process ends meanwhile */
  async look(): Promise<Held> {
    await this.#ask('HeapProfiler.collectGarbage');
    const { usedSize } = (await this.#ask('Runtime.getHeapUsage')) as { usedSize: number };
    return {
      heapMb: usedSize / 2 ** 20,
      outsideMb: outsideOfV8(readFileSync(`/proc/${this.#pid}/smaps`, 'utf8')),
      privateMb: memoryOf(this.#pid).privateMb,
      handles: readdirSync(`/proc/${this.#pid}/fd`).length,
      threads: readdirSync(`/proc/${this.#pid}/task`).length,
    };
  }

  close(): void {
    this.#socket.close();
  }

  async #ask(method: string, params: object = {}): Promise<object> {
    this.#asked += 1;
    const id = this.#asked;
    this.#socket.send(JSON.stringify({ id, method, params }));
    for (;;) {
      const [{ data }] = (await once(this.#socket, 'message', { signal: this.#gone.signal })) as [MessageEvent<string>];
      const answer = JSON.parse(data) as { id?: number; result?: object; error?: { message: string } };
      if (answer.error) throw new Error(`${method}: found '${answer.error.message}', expected an answer.`);
      if (answer.id === id) return answer.result ?? {};
    }
  }
}
