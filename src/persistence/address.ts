/**
 * Where the running service can be reached, left in the data folder for the command: the operator's token, the address, the pid.
 */
import { rmSync } from 'node:fs';
import { type DataDir, DataDirError } from './data-dir.ts';
import { writeDurableFile } from './durable-file.ts';

/** What this process has left, by the file of the address, until it is taken back. */
const left = new Map<string, { token: string; address: string }>();

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
  const texts = { token: `${token}\n`, address: `${JSON.stringify({ url, pid: process.pid })}\n` };
  leave(apiToken, texts.token, write);
  leave(address, texts.address, write);
  left.set(address, texts);
  return () => {
    left.delete(address);
    rmSync(address, { force: true });
  };
}

/** Once more, for files that somebody has removed; nothing before the first time. @throws {DataDirError} as {@link leaveAddress} */
export function leaveAddressAgain({ apiToken, address }: Pick<DataDir, 'apiToken' | 'address'>): void {
  const texts = left.get(address);
  if (!texts) return;
  leave(apiToken, texts.token, writeDurableFile);
  leave(address, texts.address, writeDurableFile);
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
