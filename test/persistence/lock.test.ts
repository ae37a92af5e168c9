import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, LockError, lockOwner, StoreLockedError } from '../../src/persistence/lock.ts';
import { withoutPrivileges } from '../privileges.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const fixture = join(import.meta.dirname, 'fixtures', 'hold-lock.ts');

let folder: string;
let file: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightshift-lock-'));
  file = join(folder, 'lock.db');
  children = [];
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Another process that tries to take the lock, and the line it says about it. */
async function contender(...mode: string[]) {
  const argv = ['--expose-gc', '--disable-warning=ExperimentalWarning', fixture, file, String(now), ...mode];
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, said: line.toString().trim() };
}

async function ended(child: ChildProcess, end: () => void) {
  const exit = once(child, 'exit');
  end();
  await exit;
}

function refusal(): StoreLockedError {
  try {
    acquireLock(file, now).release();
  } catch (error) {
    return error as StoreLockedError;
  }
  throw new Error('the lock was free');
}

function thrownBy(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

describe('acquireLock', () => {
  it('refuses a second owner and names the first, since when, and what to do', async () => {
    const { child, said } = await contender();
    expect(said).toBe('held');
    const error = refusal();
    expect(error).toBeInstanceOf(StoreLockedError);
    expect(error.code).toBe('STORE_LOCKED');
    expect(error.owner).toEqual({ pid: child.pid, since: now });
    expect(error.message).toBe(
      `${folder}: found it in use by process ${child.pid} since 2026-01-02T03:04:05.000Z, expected no other nightshift on this data folder. ` +
        `See what it does with: nightshift status. Stop the other one (kill ${child.pid}), or name another folder with --data.`,
    );
  });

  it('refuses a second owner in the same process', () => {
    const lock = acquireLock(file, now);
    expect(refusal().owner).toEqual({ pid: process.pid, since: now });
    lock.release();
  });

  it('refuses another process while this one holds it', async () => {
    const lock = acquireLock(file, now);
    expect((await contender()).said).toBe('STORE_LOCKED');
    lock.release();
    expect((await contender()).said).toBe('held');
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGHUP'] as const)('is free at once when its owner dies of %s', async (signal) => {
    const { child } = await contender();
    await ended(child, () => child.kill(signal));
    expect(lockOwner(file)).toBeNull();
    const lock = acquireLock(file, now + 1);
    expect(lockOwner(file)).toEqual({ pid: process.pid, since: now + 1 });
    lock.release();
  });

  it('outlives the last reference to it', async () => {
    const { child, said } = await contender('forget');
    expect(said).toBe('held');
    expect(refusal().owner.pid).toBe(child.pid);
  });

  it('outlives refused attempts and looks from its own process', async () => {
    const lock = acquireLock(file, now);
    refusal();
    lockOwner(file);
    expect((await contender()).said).toBe('STORE_LOCKED');
    lock.release();
  });

  it('has exactly one owner when eight start at once', async () => {
    const said = (await Promise.all(Array.from({ length: 8 }, () => contender()))).map((each) => each.said);
    expect(said.sort()).toEqual([...Array(7).fill('STORE_LOCKED'), 'held']);
  });

  it('stays locked when the file that names its owner cannot be read', async () => {
    const { child } = await contender();
    writeFileSync(join(folder, 'lock.json'), '');
    const error = refusal();
    expect(error.code).toBe('STORE_LOCKED');
    expect(error.owner).toEqual({ pid: null, since: null });
    expect(error.message).toContain('in use by another process, expected');
    await ended(child, () => child.stdin?.end());
  });

  it('refuses a file that is no lock and leaves it as it is', () => {
    writeFileSync(file, 'a diary\n'.repeat(100));
    expect(() => acquireLock(file, now)).toThrow(LockError);
    expect(() => acquireLock(file, now)).toThrow(`rm ${file}`);
    expect(() => lockOwner(file)).toThrow(LockError);
    expect(readFileSync(file, 'utf8')).toBe('a diary\n'.repeat(100));
  });

  it('says of a file that is closed to this user whose it may be, and not to remove it', () => {
    chmodSync(folder, 0o755);
    writeFileSync(file, '', { mode: 0 });
    for (const look of [lockOwner, (closed: string) => acquireLock(closed, now)]) {
      const refused = withoutPrivileges(() => thrownBy(() => look(file)));
      expect(refused).toMatchObject({
        code: 'LOCK_UNUSABLE',
        message: expect.stringMatching(/that you may not use, expected your own\. Run this as the user/),
      });
      expect(refused).not.toMatchObject({ message: expect.stringContaining('rm ') });
    }
  });

  it('is for its owner alone, since whoever may read the file may lock it', () => {
    const lock = acquireLock(file, now);
    const modes = readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]);
    expect(modes).toContainEqual(['lock.db', 0o600]);
    expect(modes.filter(([, mode]) => mode !== 0o600)).toEqual([]);
    lock.release();
  });

  it('says where when the folder is missing', () => {
    const missing = join(folder, 'none', 'lock.db');
    expect(() => acquireLock(missing, now)).toThrow(
      `${missing}: found a lock file that cannot be used (unable to open`,
    );
  });
});

describe('release', () => {
  it('leaves no owner behind, also when called twice', () => {
    const lock = acquireLock(file, now);
    expect(JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8'))).toEqual(lock.owner);
    lock.release();
    const next = acquireLock(file, now + 1);
    lock.release();
    expect(lockOwner(file)).toEqual({ pid: process.pid, since: now + 1 });
    next.release();
    expect(lockOwner(file)).toBeNull();
    expect(readdirSync(folder)).toEqual(['lock.db']);
  });
});

describe('lockOwner', () => {
  it('names the other process while it lives, and nobody afterwards', async () => {
    const { child } = await contender();
    expect(lockOwner(file)).toEqual({ pid: child.pid, since: now });
    await ended(child, () => child.stdin?.end());
    expect(lockOwner(file)).toBeNull();
  });

  it('makes nothing in a folder that was never used', () => {
    expect(lockOwner(file)).toBeNull();
    expect(readdirSync(folder)).toEqual([]);
  });
});
