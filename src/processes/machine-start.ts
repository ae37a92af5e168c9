/**
 * When this machine was started, and which of its starts that was.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

export interface MachineStart {
  /** Another one after each start of the machine. A container has that of the machine it runs on. */
  id: string;
  /** Epoch ms. */
  at: number;
}

/**
 * @param now epoch ms
 * @returns undefined on a system that does not tell one start from another
 */
export function machineStart(now: number): MachineStart | undefined {
  try {
    const id =
      process.platform === 'linux'
        ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
        : execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], {
            encoding: 'utf8',
            stdio: ['ignore', 'pipe', 'ignore'],
          });
    return { id: id.trim(), at: Math.floor(now - uptime() * 1_000) };
  } catch {
    return undefined;
  }
}
