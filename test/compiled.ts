/**
 * What V8 makes of the sources, kept from one run of the tests to the next. Configs and jobs that tests write into folders of their own
 * are in there, too, under names that never come again: without an end to it the folder would grow with each run.
 */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

export const unusedMsMax = 3 * 86_400_000;

/**
 * Removes what nobody has read or written for some days. Other runs may be under way on the same folder: what they miss they make anew.
 *
 * @param folder need not be there
 * @param now epoch ms
 */
export function forgetUnused(folder: string, now: number): void {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && Math.max(found.atimeMs, found.mtimeMs) < now - unusedMsMax) rmSync(path, { force: true });
  }
}
