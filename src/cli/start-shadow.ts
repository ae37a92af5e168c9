/**
 * `start --shadow`: follows the schedule until it is told to stop, and runs nothing.
 */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../clock.ts';
import { loadConfig } from '../config/load.ts';
import { secretsOf } from '../config/secrets-of.ts';
import { openDataDir } from '../persistence/data-dir.ts';
import { acquireLock } from '../persistence/lock.ts';
import { follow } from '../shadow/follow.ts';
import { sayFollowed } from '../shadow/following.ts';
import { journalAt, openJournal } from '../shadow/journal.ts';
import { systemd } from '../watchdog/systemd.ts';
import { takeToldAlone } from '../watchdog/told-alone.ts';
import { feedWatchdog } from '../watchdog/watchdog.ts';
import { patiently } from './patiently.ts';
import { placeOf } from './place.ts';
import type { StartOptions } from './start.ts';
import { logLevelIn, startLog } from './start-log.ts';

/** @returns the exit code, once it was told to stop */
export async function startShadow(options: StartOptions): Promise<number> {
  const toldAlone = takeToldAlone(process.env);
  const place = placeOf(options);
  const wanted = logLevelIn(options.logLevel);
  const config = await patiently(place.config, loadConfig({ file: place.config, env: process.env }));
  const { log, files, redactor } = startLog(config, wanted);
  for (const secret of secretsOf(config)) redactor.add(secret.reveal());
  const clock = systemClock;
  const dataDir = openDataDir(place.data);
  const lock = acquireLock(dataDir.lock, clock.now());
  const folder = journalAt(dataDir.root);
  openJournal(folder);
  const unsay = sayFollowed(dataDir.root);
  const limits = config.log.files;
  if (limits) {
    await files.open({
      folder: dataDir.logs,
      ...limits,
      clock,
      failing: (error) => log.error({ folder: dataDir.logs, err: error }, 'log.failing'),
      recovered: (dropped) => log.warn({ folder: dataDir.logs, dropped }, 'log.recovered'),
    });
  }
  const stopped = Promise.withResolvers<void>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopped.resolve());
  const engines = new Map([...config.engines].filter(([, { command }]) => command));
  const end = follow({ clock, log, folder, by: randomUUID(), engines });
  const wrapper = `nightshift shadow --data ${dataDir.root} -- CMD`;
  log.info({ engines: engines.size, of: config.engines.size, data: dataDir.root, wrapper }, 'shadow.following');
  const dog = systemd({ ...process.env, ...toldAlone }, 0, clock);
  const feeding = dog && feedWatchdog(dog, { clock, log, trouble: async () => null });
  await stopped.promise;
  end();
  await feeding?.stop(null);
  unsay();
  lock.release();
  log.info({}, 'shadow.stopped');
  return 0;
}
