/**
 * `import state`: a store made from the lines that `export` has written. All of them, or nothing.
 */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { type Rehearsal, rehearse } from '../actors/rehearsal.ts';
import { NightshiftError } from '../errors.ts';
import { foundAt, makeFreshStore, removeStore, replaceStore } from '../persistence/replace-store.ts';
import { rowsIn } from '../persistence/state-lines.ts';
import { openStore } from '../persistence/store.ts';
import { StoreError } from '../persistence/store-error.ts';
import { openStoreFile } from '../persistence/store-reader.ts';
import { interruptible } from './interruptible.ts';
import { type KnownConfig, knownConfig } from './known-config.ts';
import type { PlaceOptions } from './place.ts';
import { recordsText, rehearsalLines } from './rehearsal-text.ts';
import { withServiceAway } from './replacement.ts';
import { withTypedPlace } from './typed-place.ts';
import { UsageError } from './usage-error.ts';

export interface ImportStateOptions extends PlaceOptions {
  force?: boolean;
  json?: boolean;
}

interface Imported extends Rehearsal {
  store: string;
  rows: number;
  /** Where the store before is; null when there was none. */
  aside: string | null;
}

/**
 * @param source a file, or `-` for the standard input
 * @param now epoch ms
 * @returns the exit code
 */
export async function importState(source: string, options: ImportStateOptions, now: number): Promise<number> {
  const known = await knownConfig(options);
  if (known.problem !== undefined) console.error(`The config could not be used: ${known.problem}`);
  const imported = await interruptible('importing', (signal) =>
    withServiceAway(known.place.data, now, async (store) => {
      refuseFilled(store, options);
      const fresh = makeFreshStore(store);
      try {
        const rows = await fill(fresh, source, signal);
        const seen = await rehearsed(fresh, known);
        signal.throwIfAborted();
        return { store, rows, ...seen, aside: replaceStore(store, now) };
      } finally {
        removeStore(fresh);
      }
    }),
  );
  console.log(options.json ? JSON.stringify(imported) : withTypedPlace(readable(imported), options));
  return 0;
}

function refuseFilled(store: string, { force }: ImportStateOptions) {
  if (force) return;
  const found = foundAt(store);
  if (found === 'nothing') return;
  throw new StoreError(
    'STORE_FILLED',
    `${store}: found ${found} with something in it, expected none. With --force it is kept under another name, and what is imported takes its place.`,
  );
}

/** @returns how many rows it has now */
async function fill(fresh: string, source: string, signal: AbortSignal): Promise<number> {
  const store = await openStore(`sqlite://${fresh}`);
  let count = 0;
  try {
    for await (const rows of rowsIn(opened(source), source === '-' ? '<stdin>' : source)) {
      signal.throwIfAborted();
      await store.write(rows.map(({ key, json }) => [key, json] as const));
      count += rows.length;
    }
  } catch (error) {
    throw readingError(source, error);
  } finally {
    await store.close();
  }
  return count;
}

function opened(source: string): AsyncIterable<Uint8Array> {
  return source === '-' ? process.stdin : createReadStream(resolve(source));
}

function readingError(source: string, error: unknown) {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall === undefined || error instanceof NightshiftError) return error;
  const told = (found: string) => `${source}: found ${found}, expected a file that export has written.`;
  if (code === 'ENOENT') return new UsageError(told('no such file'));
  if (code === 'EISDIR') return new UsageError(told('a folder'));
  return new StoreError('STATE_UNREADABLE', told(`one that cannot be read (${code})`), { cause: error });
}

async function rehearsed(fresh: string, { wanted }: KnownConfig): Promise<Rehearsal> {
  const reader = openStoreFile(fresh);
  try {
    return await rehearse(reader, wanted);
  } finally {
    reader.close();
  }
}

function readable(imported: Imported): string {
  const { store, rows, aside } = imported;
  return [
    `${store}: ${rows} rows; ${recordsText(imported)}.`,
    ...rehearsalLines(imported),
    ...(aside === null ? [] : [`The store before: ${aside}`]),
    'Go on: nightshift start',
  ].join('\n');
}
