/**
 * A real systemd for tests, in namespaces of its own: as the manager of an unprivileged user, or as process 1. That takes root, as it takes to make
 * control groups and to mount.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const canBoot =
  existsSync('/lib/systemd/systemd') &&
  spawnSync('unshare', ['--mount', '--pid', '--fork', '--cgroup', 'true']).status === 0;

/** On a machine that does much else. */
export const patienceMs = 150_000;

/**
 * Runs a scenario of this folder beside a systemd.
 *
 * @returns what the scenario has printed, JSON
 * @throws with everything that it and systemd have said, when that is none
 */
export async function inWorld(mode: 'user' | 'system', scenario: string) {
  const out = mkdtempSync(join(tmpdir(), 'nightshift-world-'));
  const here = import.meta.dirname;
  const flags = ['--conditions=nightshift-source', '--disable-warning=ExperimentalWarning'];
  try {
    const words = [join(here, 'world.sh'), mode, out, process.execPath, ...flags, join(here, `${scenario}.ts`)];
    await promisify(execFile)('bash', words, {
      timeout: patienceMs,
      killSignal: 'SIGKILL',
      env: { PATH: process.env.PATH },
    });
    const said = readFileSync(join(out, 'scenario.log'), 'utf8');
    try {
      return JSON.parse(said);
    } catch (cause) {
      throw new Error(`${said}\n${readFileSync(join(out, 'manager.log'), 'utf8')}`, { cause });
    }
  } finally {
    rmSync(out, { recursive: true });
  }
}
