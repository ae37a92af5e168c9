/**
 * What the wrapper of `shadow -- CMD` notes in the journal, once the command runs.
 */
import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { systemClock } from '../clock.ts';
import { commandKey } from '../shadow/command-key.ts';
import { note as noteIn, ownJournalAt } from '../shadow/journal.ts';
import type { End } from '../shadow/wrapper.ts';

/**
 * Notes that it has begun.
 *
 * @param own what stands between `shadow` and `--`; whatever else is among it is passed over
 * @returns what notes how it ended
 * @throws when the journal takes nothing
 */
export function note(own: readonly string[], command: readonly string[]): (end: End) => void {
  const option = (name: string) => {
    const at = own.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
    return at < 0 ? undefined : own[at] === name ? own[at + 1] : own[at]?.slice(name.length + 1);
  };
  const data = option('--data') ?? join(dirname(option('--config') ?? 'nightshift.config.ts'), '.nightshift');
  const engine = option('--engine');
  const folder = ownJournalAt(resolve(data), process.geteuid?.());
  if (folder === undefined) return () => {};
  const run = randomUUID();
  const [program = ''] = command;
  const facts = { run, ...(engine !== undefined && { engine }), key: commandKey(command), name: basename(program) };
  noteIn(folder, { kind: 'begun', at: systemClock.now(), ...facts });
  return (end) => noteIn(folder, { kind: 'ended', at: systemClock.now(), run, ...end });
}
