/**
 * `shadow -- CMD`: runs a command as it is, and notes that it ran. It stands in the lines of a crontab, so nothing that it is given,
 * or does not find, may keep the command from running.
 */
import { endAs, runWrapped } from '../shadow/wrapper.ts';

/** @param args what stands behind `shadow`, with `--` among it */
export async function shadow(args: readonly string[]): Promise<void> {
  const end = args.indexOf('--');
  const command = args.slice(end + 1);
  if (command.length === 0) {
    console.error(
      'shadow: found no command behind --, expected one, as in nightshift shadow -- /usr/local/bin/backup --all.',
    );
    return process.exit(2);
  }
  endAs(await runWrapped(command, async () => (await import('./shadow-noting.ts')).note(args.slice(0, end), command)));
}
