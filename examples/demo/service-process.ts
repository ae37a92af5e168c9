/**
 * The service as a process of its own: the real command on a config of jobs in the hostile world. It may be killed and started again;
 * its data folder outlives it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Line, lineIn } from './lines.ts';

const root = join(import.meta.dirname, '../..');
const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];

export interface ServicePorts {
  /** From the repository's root. Default: that of the six businesses. */
  config?: string;
  /** What Node is told besides. */
  nodeOptions?: readonly string[];
  data: string;
  env: Readonly<Record<string, string>>;
  onLine: (line: Line) => void;
}

export class ServiceProcess {
  /** What it wrote that was no log line: nothing, if all is well. */
  readonly complaints: string[] = [];
  readonly #ports: ServicePorts;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(ports: ServicePorts) {
    this.#ports = ports;
  }

  /** @throws when it has not been started */
  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('found no process of the service, expected that it was started.');
    return pid;
  }

  get isUp(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when it is ready. @throws when it ended instead */
  async start(): Promise<void> {
    const { config = 'examples/six-businesses/nightshift.config.ts', nodeOptions = [], data } = this.#ports;
    const args = ['start', '--config', config, '--data', data, '--port', '0', '--log-level', 'debug'];
    const child = spawn(process.execPath, [...flags, ...nodeOptions, 'src/main.ts', ...args], {
      cwd: root,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...this.#ports.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // In a group of its own: Ctrl-C is for the demo, which then stops it in its own time.
      detached: true,
    });
    this.#child = child;
    const exit = once(child, 'exit');
    const ready = Promise.withResolvers<void>();
    const reading = createInterface({ input: child.stdout });
    reading.on('line', (text) => {
      const line = lineIn(text);
      if (!line) return this.#complain(text);
      this.#ports.onLine(line);
      if (line.msg === 'service.ready') ready.resolve();
    });
    createInterface({ input: child.stderr }).on('line', (text) => this.#complain(text));
    this.#ended = Promise.all([exit, once(reading, 'close')]);
    await Promise.race([ready.promise, this.#ended]);
    if (!this.isUp) throw new Error(`the service ended by itself:\n${this.complaints.join('\n')}`);
  }

  /** Sends the signal and waits for the end, with all that it had to say. @returns its exit code, null for a death by signal */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child?.kill(signal);
    await this.#ended;
    return this.#child?.exitCode ?? null;
  }

  #complain(text: string) {
    if (text.trim() !== '') this.complaints.push(text);
  }
}
