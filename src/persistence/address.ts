/**
 * Where the running service can be reached, left in the data folder for the command: the operator's token, the address, the pid.
 */
import { rmSync } from 'node:fs';
import { type DataDir, DataDirError } from './data-dir.ts';
import { writeDurableFile } from './durable-file.ts';

/**
 * @param url of the interface
 * @param write default: {@link writeDurableFile}
 * @returns takes the address back; the token stays, and is good for nothing any more
 * @throws {DataDirError} `DATA_DIR_FULL`: without them no command would find the service; or what the system says
 */
export function leaveAddress(
  { apiToken, address }: Pick<DataDir, 'apiToken' | 'address'>,
  { token, url }: { token: string; url: string },
  write: typeof writeDurableFile = writeDurableFile,
): () => void {
  leave(apiToken, `${token}\n`, write);
  leave(address, `${JSON.stringify({ url, pid: process.pid })}\n`, write);
  return () => rmSync(address, { force: true });
}

function leave(file: string, text: string, write: typeof writeDurableFile) {
  try {
    write(file, text, 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw cause;
    throw new DataDirError(
      'DATA_DIR_FULL',
      `${file}: could not be written (${code}), expected room for what the command needs to reach the service. Make room on the disk, and start it again.`,
      { cause },
    );
  }
}
