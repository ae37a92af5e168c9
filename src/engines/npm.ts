/**
 * Asks the `npm` program: which registry it looks things up in, through which proxy and with whose certificate, is its own
 * business and that of its config.
 *
 * It is started without a shell, and gets of the environment what it needs to find its way, not what jobs have in there.
 */
import { ClassifiedError } from '../policies/failure.ts';
import { peek, peekText } from '../policies/peek.ts';
import { withoutSecrets } from '../policies/without-secrets.ts';

export interface NpmAnswer {
  /** What it wrote, as JSON. */
  said: unknown;
  /** npm's code of what went wrong, as in `ENOLOCK`; null when it answered. */
  code: string | null;
  summary: string;
}

/** What an answer may weigh, in characters. */
const answerBytesMax = 16_000_000;
const needed =
  /^(path|home|userprofile|appdata|localappdata|systemroot|temp|tmp|tmpdir|lang|npm_config_\w+|(https?|no|all)_proxy|node_extra_ca_certs|ssl_cert_(file|dir))$/i;
/** What npm calls it when the network or the registry does not answer. */
const passing =
  /^(E5\d\d|E429|ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|FETCH_ERROR|EPROTO)$/;

/**
 * @param args as in `['audit', '--json']`
 * @throws {ClassifiedError} `NPM_MISSING`; `NPM_UNREACHABLE`, which may pass; `NPM_UNREADABLE` when it answers with something else than JSON
 */
export async function askNpm(
  args: readonly string[],
  folder: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<NpmAnswer> {
  // Most services never ask, and none has to wait for it when it starts.
  const { execa } = await import('execa');
  const command = `npm ${args.join(' ')}`;
  const { stdout, stderr, code, exitCode } = await execa('npm', args, {
    cwd: folder,
    env: Object.fromEntries(Object.entries(env).filter(([name]) => needed.test(name))),
    extendEnv: false,
    cancelSignal: signal,
    // What is outdated, or has an advisory, is a failure to npm.
    reject: false,
    stdin: 'ignore',
    maxBuffer: answerBytesMax,
  });
  signal.throwIfAborted();
  if (code === 'ENOENT') {
    throw failure(
      'bug',
      'NPM_MISSING',
      `${command}: found no program npm on the PATH, expected one. Install it, or turn builtIn.updates.network off.`,
    );
  }
  // Nothing to say may be said with nothing.
  const said = stdout.trim() === '' && exitCode === 0 ? {} : parsed(stdout);
  if (said === undefined) {
    throw failure(
      'bug',
      'NPM_UNREADABLE',
      `${command}: found an answer that is no JSON (${(stderr || stdout).slice(0, 200)}), expected npm's.`,
    );
  }
  const error = peek(said, 'error');
  if (typeof error !== 'object' || error === null) return { said, code: null, summary: '' };
  const status = peek(said, 'statusCode');
  const npmCode = peekText(error, 'code') ?? (typeof status === 'number' ? `E${status}` : 'UNKNOWN');
  const words = peekText(error, 'summary') ?? peekText(error, 'detail') ?? peekText(said, 'message');
  const summary = withoutSecrets(words ?? 'without a reason');
  if (passing.test(npmCode)) throw failure('recoverable', 'NPM_UNREACHABLE', `${command}: ${npmCode}: ${summary}`);
  return { said, code: npmCode, summary };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure(of: 'bug' | 'recoverable', code: string, message: string) {
  return new ClassifiedError({ class: of, code, message });
}
