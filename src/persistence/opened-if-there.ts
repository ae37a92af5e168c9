import { openSync } from 'node:fs';

/** A descriptor to read the file by; undefined when there is none. @throws what the system says of one that cannot be opened */
export function openedIfThere(file: string): number | undefined {
  try {
    return openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
