/**
 * `export`: all state as lines of JSON, whether the service runs or not.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { dataDirAt } from '../persistence/data-dir.ts';
import { writeNewFile } from '../persistence/new-file.ts';
import { countsOf, type StateCounts, stateLines } from '../persistence/state-lines.ts';
import { openStoreFile } from '../persistence/store-reader.ts';
import { totalOf } from '../policies/total.ts';
import { interruptible } from './interruptible.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { storeIn } from './stored.ts';

export interface ExportOptions extends PlaceOptions {
  json?: boolean;
}

/**
 * @param target a file that there is not yet; `-`, or nothing, for the standard output
 * @param now epoch ms
 * @param program the version of this nightshift
 * @returns the exit code
 */
export async function exportState(
  target: string | undefined,
  { json, ...options }: ExportOptions,
  now: number,
  program: string,
): Promise<number> {
  const { data } = placeOf(options);
  const file = target === undefined || target === '-' ? null : resolve(target);
  const reader = openStoreFile(storeIn(data), 'at one instant');
  try {
    const counts = await countsOf(reader);
    const lines = stateLines(reader, counts, { at: now, program });
    await (file === null ? print(lines) : keep(file, lines));
    if (!json) (file === null ? console.error : console.log)(readable(file, counts, data));
    else if (file !== null)
      console.log(JSON.stringify({ file, rows: totalOf(counts), counts: Object.fromEntries(counts) }));
    return 0;
  } finally {
    reader.close();
  }
}

/** Whoever reads it may have enough before the end. */
async function print(lines: AsyncIterable<string>): Promise<void> {
  try {
    await pipeline(Readable.from(lines), process.stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

async function keep(file: string, lines: AsyncIterable<string>): Promise<void> {
  await interruptible('exporting', (signal) =>
    writeNewFile(file, async (temporary) => {
      for await (const some of lines) {
        signal.throwIfAborted();
        writeFileSync(temporary, some, { flag: 'a' });
      }
    }),
  );
}

function readable(file: string | null, counts: StateCounts, data: string): string {
  const secrets = counts.get('vault') ?? 0;
  const kinds = [...counts].map(([kind, count]) => `${count} ${kind || 'other'}`).join(', ');
  return [
    `${file === null ? '' : `${file}: `}${totalOf(counts)} rows (${kinds}).`,
    ...(secrets > 0
      ? [`The secrets are in it as they are kept, sealed; their key (${dataDirAt(data).vaultKey}) is not.`]
      : []),
  ].join('\n');
}
