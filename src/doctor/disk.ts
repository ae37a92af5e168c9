/**
 * How fast the disk of the data folder is, and what is free on it. Each change of a state waits until it is synced, so a slow
 * disk is a slow service.
 */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { formatDuration } from '../policies/duration.ts';
import { shellQuoted } from '../policies/shell-quoted.ts';
import { formatSize } from '../policies/size.ts';
import { type Finding, findings } from './finding.ts';

const disk = findings('disk');

/** A run has some ten commits: past this it would take a second. */
const syncMsMax = 100;
const tries = 9;
const pageBytes = 4_096;

export interface DiskFacts {
  /** The median of some writes of a page, each synced, in milliseconds. */
  syncMs: number;
  freeBytes: number;
}

/**
 * Writes to the folder, and leaves nothing there.
 *
 * @throws what the system says when it cannot
 */
export function measureDisk(folder: string, clock: Clock): DiskFacts {
  const file = join(folder, `.doctor-${process.pid}`);
  const { bavail, bsize } = statfsSync(folder);
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    const lengths = Array.from({ length: tries }, (_, n) => {
      const page = Buffer.alloc(pageBytes, n);
      const since = clock.monotonic();
      writeSync(descriptor, page);
      fsyncSync(descriptor);
      return clock.monotonic() - since;
    });
    return { syncMs: lengths.toSorted((a, b) => a - b)[(tries - 1) / 2] as number, freeBytes: bavail * bsize };
  } finally {
    closeSync(descriptor);
    rmSync(file, { force: true });
  }
}

/** @param freeBytesMin what `builtIn.resources.disk` wants */
export function checkDisk({ syncMs, freeBytes }: DiskFacts, freeBytesMin: number, folder: string): Finding[] {
  const speed = `a synced write takes ${formatDuration(Math.ceil(syncMs))}`;
  return [
    syncMs <= syncMsMax
      ? disk.ok(speed)
      : disk.warning(
          `${speed}, and a run has some ten of them: expected at most ${formatDuration(syncMsMax)}`,
          'put the data folder on a local disk, with --data: a network file system or a worn card is as slow as that',
        ),
    freeBytes >= freeBytesMin
      ? disk.ok(`${formatSize(freeBytes)} are free`)
      : disk.problem(
          `${formatSize(freeBytes)} are free, expected ${formatSize(freeBytesMin)} (builtIn.resources.disk)`,
          `du -xh -d 2 ${shellQuoted(folder)} | sort -h | tail`,
        ),
  ];
}

/** When the disk takes nothing. */
export function diskRefuses(error: unknown, folder: string): Finding {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC')
    return disk.problem(`the disk of ${folder} is full`, `du -xh -d 2 ${shellQuoted(folder)} | sort -h | tail`);
  if (code === 'EROFS')
    return disk.problem(
      `the disk of ${folder} can only be read`,
      `mount -o remount,rw "$(df --output=target ${shellQuoted(folder)} | tail -1)"`,
    );
  return disk.problem(`${folder} takes no file (${code})`, `ls -ld ${shellQuoted(folder)}`);
}
