/**
 * The users of this machine, as far as its own list goes.
 */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Account } from '../moving-in/found-job.ts';

/** Who runs this command. */
export function ownAccount(): Account {
  const { username, homedir, uid } = userInfo();
  return { name: username, home: homedir, isRoot: uid === 0 };
}

/** By name; undefined when /etc/passwd has no such user. */
export function accountOf(name: string): Account | undefined {
  for (const line of passwd().split('\n')) {
    const [user, , uid, , , home = '/'] = line.split(':');
    if (user === name) return { name, home, isRoot: uid === '0' };
  }
  return undefined;
}

function passwd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
