/**
 * `shadow -- CMD`: runs a command as it is, and notes that it ran. It stands in the lines of a crontab, so nothing that it is given,
 * or does not find, may keep the command from running.
 */
import { dirname, join, resolve } from 'node:path';
import { systemClock } from '../clock.ts';
import { ownJournalAt } from '../shadow/journal.ts';
import { endAs, runWrapped } from '../shadow/wrapper.ts';

/** @param args what stands behind `shadow`, with `--` among it */
export async function shadow(args: readonly string[]): Promise<void> {
  const end = args.indexOf('--');
  const own = args.slice(0, end);
  const option = (name: string) => {
    const at = own.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
    return at < 0 ? undefined : own[at] === name ? own[at + 1] : own[at]?.slice(name.length + 1);
  };
  const data = option('--data') ?? join(dirname(option('--config') ?? 'nightshift.config.ts'), '.nightshift');
  const engine = option('--engine');
  const folder = ownJournalAt(resolve(data), process.geteuid?.());
  endAs(
    await runWrapped({ command: args.slice(end + 1), folder, ...(engine !== undefined && { engine }) }, systemClock),
  );
}
