/**
 * The real service as a process of its own, on a data folder that outlives it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenContext } from '../../src/machines/token.ts';
import { type State, StoreReader } from '../kill/records.ts';
import type { Authority } from './authority.ts';

const root = join(import.meta.dirname, '../..');
const here = 'test/token-life/fixtures';

export class ServiceProcess {
  /** Everything it has written so far, in all its lives. */
  output = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'nightshift-life-'));
  readonly #store = new StoreReader(join(this.#folder, 'nightshift.db'));
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;
  #exited: Promise<[number | null, NodeJS.Signals | null]> | undefined;

  constructor(authority: Authority, env: Record<string, string>) {
    this.#env = {
      LIFE_TOKEN_URL: authority.tokenUrl,
      LIFE_API_URL: authority.apiUrl,
      LIFE_CLIENT_SECRET: authority.client.secret,
      NODE_OPTIONS: '',
      ...env,
    };
  }

  /** @param killAt as in `fixtures/kill-at.ts`; without it nothing is added to the service */
  start(killAt?: string): void {
    const command = [
      'src/main.ts',
      'start',
      '--config',
      `${here}/jobs.config.ts`,
      '--data',
      this.#folder,
      '--port',
      '0',
    ];
    const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
    const added = killAt === undefined ? [] : ['--import', `./${here}/kill-at.ts`];
    const env = { ...process.env, ...this.#env, ...(killAt !== undefined && { KILL_AT: killAt }) };
    const child = spawn(process.execPath, [...flags, ...added, ...command], { cwd: root, env, stdio: 'pipe' });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.#child = child;
    this.#exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  }

  /** Resolves with how the process ended: an exit code or the name of a signal. */
  async exit(): Promise<number | NodeJS.Signals | null> {
    const [code, signal] = (await this.#exited) ?? [null, null];
    return signal ?? code;
  }

  stop(): Promise<number | NodeJS.Signals | null> {
    this.#child?.kill('SIGTERM');
    return this.exit();
  }

  /** The token as it is on disk. */
  token(name: string): State<TokenContext> | undefined {
    return this.#store.all().get(`token/${name}`) as State<TokenContext> | undefined;
  }

  /** The log's lines with the event. */
  lines(event: string): Record<string, unknown>[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
    this.#store.close();
    rmSync(this.#folder, { recursive: true });
  }
}
