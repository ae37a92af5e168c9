/**
 * Those who have an inspector open. Whoever comes is told of everybody first, a few at a time and no faster than it reads, and from
 * then on of what happens. While nobody is there no message is made.
 */
import type { WebSocket } from 'ws';
import { loopTurn } from '../persistence/row-pages.ts';

export interface AudiencePorts {
  /** The addresses of all actors there are. */
  everybody: () => Iterable<string>;
  /** The message that there is an actor, and where it stands. */
  introduction: (address: string) => string;
  /** Hears of each viewer that was cut off because it did not read. */
  dropped: () => void;
  /** Hears of what kept viewers from being told: it hurts nobody else. */
  failed: (error: unknown) => void;
}

interface Viewer {
  socket: WebSocket;
  /** Whom it has been told of. */
  knows: Set<string>;
}

/** Most who may watch at once, and bytes that wait for one who does not read. */
const viewersMax = 10;
const waitingBytesMax = 16 * 1024 * 1024;
const introducedToATurn = 5;
/** WebSocket close codes of RFC 6455, section 7.4.1, and its registry. */
const goingAway = 1001;
const tryAgainLater = 1013;

export class Audience {
  readonly #ports: AudiencePorts;
  readonly #viewers = new Set<Viewer>();

  constructor(ports: AudiencePorts) {
    this.#ports = ports;
  }

  join(socket: WebSocket): void {
    if (this.#viewers.size >= viewersMax) {
      socket.close(tryAgainLater, `expected at most ${viewersMax} at once`);
      return;
    }
    const viewer: Viewer = { socket, knows: new Set() };
    this.#viewers.add(viewer);
    // Its end comes after an error, too.
    socket.on('error', () => {});
    socket.on('close', () => this.#viewers.delete(viewer));
    void this.#introduceAll(viewer);
  }

  /** Everybody hears of those who have come since. */
  introduceNew(): void {
    for (const viewer of this.#viewers) void this.#introduceAll(viewer);
  }

  /** Tells everybody what happened to an actor. The messages are made once, and for somebody alone. */
  tell(address: string, make: () => readonly string[]): void {
    if (this.#viewers.size === 0) return;
    const messages = this.#made(make);
    if (messages) for (const viewer of this.#viewers) this.#give(viewer, address, messages);
  }

  close(): void {
    for (const { socket } of this.#viewers) socket.close(goingAway, 'the service stops');
    this.#viewers.clear();
  }

  #give(viewer: Viewer, address: string, messages: readonly string[]): void {
    // One message may be of any length: what waits is looked at before more is added.
    if (viewer.socket.bufferedAmount > waitingBytesMax) {
      this.#drop(viewer);
      return;
    }
    void this.#introduce(viewer, address);
    for (const message of messages) viewer.socket.send(message);
  }

  async #introduceAll(viewer: Viewer): Promise<void> {
    let count = 0;
    for (const address of this.#ports.everybody()) {
      if (!this.#viewers.has(viewer)) return;
      const read = this.#introduce(viewer, address);
      count += 1;
      if (count % introducedToATurn > 0) continue;
      await read;
      await loopTurn();
    }
  }

  /** @returns resolves when it has gone out, or cannot any more; undefined when nothing had to, or could be said */
  #introduce({ socket, knows }: Viewer, address: string): Promise<void> | undefined {
    if (knows.has(address)) return undefined;
    knows.add(address);
    const message = this.#made(() => this.#ports.introduction(address));
    return message === undefined ? undefined : new Promise((gone) => socket.send(message, () => gone()));
  }

  #made<Made>(make: () => Made): Made | undefined {
    try {
      return make();
    } catch (error) {
      this.#ports.failed(error);
      return undefined;
    }
  }

  #drop(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    // A polite end would wait behind all that it has not read.
    viewer.socket.terminate();
    this.#ports.dropped();
  }
}
