/**
 * The journal of shadow mode: what the wrapper has seen begin and end, and when the schedule was followed.
 *
 * Many processes write to it at once. Each line is one write at the end of a file, which the system never tears between two
 * of them; a line that a crash has cut off is passed over, for the next one begins with a line break of its own. There is a file for
 * each day, in UTC, and those of the last 35 days stay.
 *
 * The command itself is not kept, for it may hold a secret: its hash is, and the name of its program.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export type JournalEntry = { at: number } & (
  | { kind: 'begun'; run: string; engine?: string; key: string; name: string }
  | { kind: 'ended'; run: string; exitCode: number | null; signal: string | null }
  /** The schedule was followed then, by this process. */
  | { kind: 'watched'; by: string }
);

/** For as long its files stay. */
export const keptDays = 35;
const dayMs = 86_400_000;
/** A link is none of ours: somebody wants a line to be written elsewhere. Nor is a pipe, which would have a job wait for whoever reads it. */
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const fileName = /^\d{4}-\d\d-\d\d\.jsonl$/;

/** Where the journal of a data folder is. */
export function journalAt(data: string): string {
  return join(data, 'shadow');
}

/**
 * Where this user may note runs: in a folder of somebody else, one's rights are not for writing to whatever that one has put there.
 *
 * @param uid of this user; undefined where there are none
 * @returns undefined when nobody has followed the schedule from there, or somebody else has
 */
export function ownJournalAt(data: string, uid: number | undefined): string | undefined {
  try {
    const folder = journalAt(data);
    const found = statSync(folder);
    return found.isDirectory() && (uid === undefined || found.uid === uid) ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** Makes the folder, in which whoever finds it notes runs. */
export function openJournal(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/**
 * Notes an entry. It is with the system when this returns, which writes it to the disk when it sees fit: a disk is not waited for, and a
 * power cut may take the last of them.
 *
 * @throws when there is no such folder, or it takes nothing
 */
export function note(folder: string, entry: JournalEntry): void {
  const descriptor = openSync(join(folder, `${dayOf(entry.at)}.jsonl`), flags, 0o600);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error('found something that is no file in the place of the journal');
    writeSync(descriptor, `\n${JSON.stringify(entry)}\n`);
  } finally {
    closeSync(descriptor);
  }
}

/** What was noted since an instant (epoch ms), in the order of files and lines. Empty without a journal. */
export function entriesSince(folder: string, since: number): JournalEntry[] {
  if (!existsSync(folder)) return [];
  const first = `${dayOf(since)}.jsonl`;
  return readdirSync(folder)
    .filter((name) => fileName.test(name) && name >= first && statSync(join(folder, name)).isFile())
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').flatMap(entryIn))
    .filter(({ at }) => at >= since);
}

/** Removes the files of days long past. @param now epoch ms */
export function clearJournal(folder: string, now: number): void {
  const last = `${dayOf(now - keptDays * dayMs)}.jsonl`;
  for (const name of readdirSync(folder))
    if (fileName.test(name) && name < last) rmSync(join(folder, name), { force: true });
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function entryIn(line: string): JournalEntry[] {
  if (line === '') return [];
  try {
    const entry = JSON.parse(line) as Partial<JournalEntry>;
    return Number.isFinite(entry.at) && typeof entry.kind === 'string' ? [entry as JournalEntry] : [];
  } catch {
    return [];
  }
}
