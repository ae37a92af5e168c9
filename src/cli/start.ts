/**
 * `start`: runs the service until it is told to stop.
 */
import { guardExit } from '../actors/exit-guard.ts';
import { loadConfig } from '../config/load.ts';
import { NightshiftError } from '../errors.ts';
import type { KeyPlaces } from '../persistence/vault-key.ts';
import { writeCompiled } from '../processes/compile-cache.ts';
import { createService } from '../service.ts';
import { takeToldAlone } from '../watchdog/told-alone.ts';
import { canComeBack, cannotComeBack, comeBack } from './come-back.ts';
import { checkNext } from './next-config.ts';
import { patiently } from './patiently.ts';
import { type PlaceOptions, placeOf, portOf } from './place.ts';
import { logLevelIn, startLog } from './start-log.ts';

export interface StartOptions extends PlaceOptions {
  logLevel?: string;
  /** The port; true for the usual one. */
  inspect?: string | true;
  /** The schedule is followed, and nothing runs. */
  shadow?: boolean;
}

/** The one after the interface's. */
const inspectorPortDefault = 4101;

/**
 * @param keys taken out of the environment; whoever comes after a reload gets them again
 * @returns the exit code, once the service has ended; after a reload it does not return, for another takes its place
 */
export async function start(options: StartOptions, keys: KeyPlaces): Promise<number> {
  // Who asks for a reload from here on may have changed what has been read by the time that there is a service.
  let isReloadAsked = false;
  const askEarly = () => {
    isReloadAsked = true;
  };
  if (!hasTerminal()) process.on('SIGHUP', askEarly);
  const toldAlone = takeToldAlone(process.env);
  const birth = { cwd: process.cwd(), env: { ...process.env, ...keys } };
  const place = placeOf(options);
  const wanted = logLevelIn(options.logLevel);
  const { inspect } = options;
  const inspectorPort = inspect === true ? inspectorPortDefault : portOf('--inspect', inspect);
  const config = await patiently(place.config, loadConfig({ file: place.config, env: process.env }));
  const { log, levels, files, redactor } = startLog(config, wanted);
  const service = createService({
    config,
    dataDir: place.data,
    configFile: place.config,
    port: place.port,
    ...(inspectorPort !== undefined && { inspectorPort }),
    log,
    levels,
    files,
    redactor,
    env: process.env,
    keys,
    toldAlone,
    checkNext: () => (canComeBack() ? checkNext(place, birth) : Promise.resolve(cannotComeBack)),
    leave: () => void service.stop(),
    tellParent: process.send && tellParent,
  });

  const crash = (error: unknown) => {
    if (service.uncaught(error)) return;
    log.fatal({ err: error }, 'service.crashed');
    void service.stop(error ?? new Error('something threw undefined'));
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  const unguard = guardExit();
  // Something that belongs to no job ended it.
  const exited = (code: number) => log.fatal({ code }, 'process.exited');
  process.once('exit', exited);
  let asked = 0;
  const stop = (signal: NodeJS.Signals) => {
    asked += 1;
    // Who asks twice does not want to wait. What was not written is made up for at the next start.
    if (asked > 1) {
      process.off('exit', exited);
      process.exit(1);
    }
    log.info({ signal }, 'service.draining');
    void service.stop();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const isUp = Promise.withResolvers<void>();
  const reload = async () => {
    await isUp.promise;
    const { taken } = await service.reload();
    if (taken) void service.stop();
  };
  process.on('SIGHUP', () => (hasTerminal() ? stop('SIGHUP') : void reload()));
  process.off('SIGHUP', askEarly);
  if (isReloadAsked) void reload();
  // Whoever watches over it is gone: the next one starts one of its own.
  process.once('disconnect', () => stop('SIGTERM'));

  // Before anything is under way that it could hold up.
  writeCompiled();
  try {
    const { url, engines } = await service.start();
    log.info({ url, data: place.data, engines }, 'service.ready');
    isUp.resolve();
  } catch (error) {
    if (asked === 0 && error instanceof NightshiftError) {
      process.off('exit', exited);
      throw error;
    }
    // Stopped while it was starting, as it was told, is no failure.
    if (asked === 0) log.fatal({ err: error }, 'service.failed');
  }
  const code = await service.ended;
  unguard();
  process.off('exit', exited);
  log.info({ code }, 'service.stopped');
  if (service.isReloading && code === 0)
    await comeBack({ ...birth, env: { ...birth.env, ...toldAlone } }, () => asked > 0);
  return code;
}

/** The terminal in which it was started may be closed: then the signal says so, and asks for no reload. */
function hasTerminal(): boolean {
  return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
}

function tellParent(word: object): Promise<void> {
  return new Promise((told, failed) => {
    process.send?.(word, undefined, undefined, (error) => (error ? failed(error) : told()));
  });
}
