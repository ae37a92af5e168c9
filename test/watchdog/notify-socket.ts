/**
 * A datagram socket that listens as systemd's does: it hears what is said, and from which process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { eventually } from '../eventually.ts';

const listener = `
import os, socket, struct, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
s.bind(sys.argv[1])
print('listening', flush=True)
sys.stdin.readline()
while True:
    data, more, _, _ = s.recvmsg(4096, 256)
    # Whoever asks whether it was heard waits for this.
    for fd in [fd for _, kind, what in more if kind == socket.SCM_RIGHTS for (fd,) in struct.iter_unpack('i', what)]: os.close(fd)
    [pid] = [struct.unpack('3i', whose)[0] for _, kind, whose in more if kind == socket.SCM_CREDENTIALS]
    print(pid, data.decode().replace(chr(10), ' | '), flush=True)`;

export class NotifySocket {
  readonly path: string;
  readonly #python: ChildProcess;
  #heard = '';

  constructor(path: string) {
    this.path = path;
    this.#python = spawn('python3', ['-c', listener, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#python.stdout?.on('data', (data) => {
      this.#heard += String(data);
    });
  }

  /** Messages wait until it {@link listens}. */
  static async open(path: string): Promise<NotifySocket> {
    const socket = new NotifySocket(path);
    await eventually('the socket', () => socket.#heard.includes('listening'));
    return socket;
  }

  listens(): this {
    this.#python.stdin?.write('\n');
    return this;
  }

  /** What was said so far, its lines joined by ` | `, and the process it came from. */
  get messages(): { pid: number; text: string }[] {
    return [...this.#heard.matchAll(/^(\d+) (.*)\n/gm)].map(([, pid, text]) => ({
      pid: Number(pid),
      text: String(text),
    }));
  }

  async close(): Promise<void> {
    const ended = once(this.#python, 'exit');
    this.#python.kill('SIGKILL');
    await ended;
  }
}
