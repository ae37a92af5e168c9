/**
 * The service: everything put together, and the only place that knows all rooms.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { createActor, fromPromise, waitFor } from 'xstate';
import { gapHere } from './actors/clock-watch.ts';
import { type CurrentEffect, currentEffect } from './actors/current-effect.ts';
import { deliver, type Message } from './actors/effects/alert-channels.ts';
import type { EmbeddedHost } from './actors/embedded-host.ts';
import { watchLoop } from './actors/loop-watch.ts';
import { hasNetwork } from './actors/network-wait.ts';
import { tellReboot } from './actors/reboots.ts';
import { forgetStandstill, keptStandstill, loopBlocked } from './actors/standstill.ts';
import { alarmOfStore } from './actors/store-alarm.ts';
import { wantedActors } from './actors/wanted.ts';
import { type Clock, systemClock } from './clock.ts';
import type { ChannelConfig, Config } from './config/config.ts';
import type { CallScope } from './config/run-scope.ts';
import { secretsOf } from './config/secrets-of.ts';
import { type ApiPorts, createApi } from './dashboard/api.ts';
import { Changes } from './dashboard/changes.ts';
import { listen, refuseTaken } from './dashboard/listen.ts';
import { Unreadable } from './dashboard/unreadable.ts';
import { DrawingThread } from './diagrams/drawing-thread.ts';
import { withBuiltIns } from './engines/built-in.ts';
import { NightshiftError } from './errors.ts';
import { supervisorMachine } from './machines/supervisor.ts';
import { leaveAddress } from './persistence/address.ts';
import { dataDirAt, openDataDir } from './persistence/data-dir.ts';
import { acquireLock } from './persistence/lock.ts';
import { operatorToken } from './persistence/operator-token.ts';
import type { Redactor } from './persistence/redact.ts';
import type { Store, Write } from './persistence/store.ts';
import type { KeyPlaces } from './persistence/vault-key.ts';
import type { EngineContext } from './policies/engine.ts';
import { Children } from './processes/children.ts';
import { machineStart } from './processes/machine-start.ts';
import { watchOwnChildren } from './processes/own-children.ts';
import { type Random, systemRandom } from './random.ts';
import type { NextConfig, Reload } from './reload.ts';
import { type Figures, openFigures } from './service/figures.ts';
import { openElsewhere, openInspector } from './service/other-doors.ts';
import { Reloading } from './service/reloading.ts';
import { openSealedStore } from './service/sealed-store.ts';
import { feedWatchdogs } from './service/watching.ts';
import { noteStart } from './start-notes.ts';
import type { Address } from './stream.ts';
import { openSystem, type System } from './system.ts';
import { logUpset } from './telemetry/clock-lines.ts';
import type { LogFiles } from './telemetry/log-files.ts';
import { engineOf, type LogLevels, numberOf } from './telemetry/log-levels.ts';
import { Collector } from './telemetry/metrics/collector.ts';
import { logTransitions } from './telemetry/transitions.ts';
import type { WardenWord } from './watchdog/warden.ts';
import type { Feeding } from './watchdog/watchdog.ts';

export interface ServiceOptions {
  config: Config;
  dataDir: string;
  /** The config file, absolute: relative paths in it begin at its folder, and isolated runs load it. */
  configFile: string;
  /** Of the interface on 127.0.0.1; 0 for any that is free. */
  port: number;
  /** Where Stately's inspector is served, as `port`. Absent: nowhere. */
  inspectorPort?: number;
  log: Logger;
  /** What of it is written; whoever has the token may change it. */
  levels: LogLevels;
  /** Opened once the data folder is ours. Absent: there are none. */
  files?: LogFiles;
  /** Learns every secret that comes up, so that none gets into a log line, an answer or an error. */
  redactor: Redactor;
  env: NodeJS.ProcessEnv;
  /** What the environment says of the vault's key. It is in `env` no more. */
  keys: KeyPlaces;
  /** What those who watch over the service tell it in the environment. It is in `env` no more. */
  toldAlone: NodeJS.ProcessEnv;
  /** Looks at the config that a reload would go by, elsewhere: a module is read once in a process. */
  checkNext: () => Promise<NextConfig>;
  /** Somebody has asked for a reload and been told that it begins. */
  leave: () => void;
  /** Tells a parent process that watches over this one. */
  tellParent?: ((word: WardenWord) => Promise<void>) | undefined;
  clock?: Clock;
  random?: Random;
}

export interface Service {
  /**
   * Resolves when every actor is back and armed, with the address of the interface and how many engines there are, the
   * built-in ones included.
   *
   * @throws what kept it from starting: everything that was opened has been let go again then
   */
  start(): Promise<{ url: string; engines: number }>;
  /** Drains and stops; resolves when all is on disk. With an error the exit code will be 1. */
  stop(error?: unknown): Promise<void>;
  /**
   * Takes an error that nobody caught.
   *
   * @returns whether it could be laid to one effect, which has failed by it: the process may go on
   */
  uncaught(error: unknown): boolean;
  /**
   * Has the new config looked at. When that is good, the service is to be stopped, and started again by whoever runs it: those who
   * watch over it expect that from now on. When it is not, all goes on as before.
   */
  reload(): Promise<Reload>;
  /** Whether it is to be started again once it has ended. */
  readonly isReloading: boolean;
  /** Resolves with the exit code of the process once the service has ended. */
  readonly ended: Promise<number>;
}

/** A sleep of the machine is noticed so much later at the most. */
const clockLookMs = 2_000;
/** How long a refresh under way is waited for when the process has to end. */
const grantPatienceMs = 5_000;

export function createService(options: ServiceOptions): Service {
  const { config, log, levels, redactor, env, clock = systemClock, random = systemRandom } = options;
  const redact = (text: string) => redactor.redact(text);
  /** What has been opened, to be let go in the opposite order. */
  const opened: (() => Promise<void> | void)[] = [];
  let system: System | undefined;
  let figures: Figures | undefined;
  let records: Store | undefined;
  let sealedBy: Uint8Array | undefined;
  let children: Children | undefined;
  const collector = new Collector();
  const watchdogs: Feeding[] = [];
  let url = '';
  let leaveAgain = () => {};

  const { dataDir, configFile } = options;
  const ports = {
    dataDir,
    configDir: dirname(configFile),
    clock,
    store: theStore,
    write: (rows: readonly Write[]) => theHost().write(rows),
    redact,
    overview: (now: number) => (figures ?? notOpen()).metrics.overview('day', now),
    deliver: (name: string, message: Message, call: CallScope) => deliver(channelOf(name), message, call, clock.now()),
    env,
    children: () => children ?? notOpen(),
    apiUrl: () => url,
    wanted: () => wantedActors(all).map(({ address }) => address),
  };
  const all = withBuiltIns(config, ports);

  async function open() {
    for (const secret of secretsOf(config)) redactor.add(secret.reveal());
    // A start that comes to nothing leaves no folder behind. Where there is one, who holds it is the better answer.
    if (!existsSync(options.dataDir)) {
      await refuseTaken(options.port);
      if (config.listen) await refuseTaken(config.listen.port, config.listen.host);
    }
    const dataDir = openDataDir(options.dataDir);
    const lock = acquireLock(dataDir.lock, clock.now());
    opened.push(() => lock.release());
    openLogFiles(dataDir.logs);
    const { store, key } = await openSealedStore({
      dataDir,
      keys: options.keys,
      log,
      now: clock.now(),
      leaveAddress: () => leaveAgain(),
      opened: (close) => opened.push(close),
    });
    records = store;
    sealedBy = key;
    redactor.add(key.toString('base64'));
    redactor.add(key.toString('hex'));
    const token = operatorToken(env);
    redactor.add(token);
    const todo = 'end it by hand, or restart the machine: nightshift goes on without';
    const programs = new Children(dataDir.children, clock, {
      unkillable: ({ engine, run }, pids) => log.error({ engine, run, pids, todo }, 'orphan.unkillable'),
    });
    children = programs;
    for (const { engine, run, pids } of await programs.endOrphans()) log.warn({ engine, run, pids }, 'orphan.ended');
    opened.push(() => programs.ended());
    const own = watchOwnChildren(programs, env, presentRun);
    opened.push(() => own.end());
    const left = keptStandstill(dataDir.standstill);
    system = await openSystem({
      config: all,
      store,
      vaultKey: key,
      redactor,
      clock,
      random,
      fetch,
      log,
      commands: { children: programs, folder: dataDir.commands, env },
      configFile,
      called: (call) => collector.call(call),
      clockWatch: { everyMs: clockLookMs, gap: gapHere },
      upset: (upset) => logUpset(log, upset),
      network: { isOnline: hasNetwork, waited: (end, ms) => log.info({ end, durationMs: ms }, 'network.waited') },
      verdict: () => watch.verdict(),
      culprit: left && { effect: left.effect, error: loopBlocked(left) },
    });
    const { host } = system;
    opened.push(() => theHost().stop({ crashed: supervisor.getSnapshot().context.error !== undefined }));
    opened.push(logTransitions(host, log, (actor, level) => levels.wants(engineOf(actor), numberOf(level))));
    if (config.traces) {
      const { traceRuns } = await import('./telemetry/traces.ts');
      opened.push(await traceRuns(host));
    }
    opened.push(
      alarmOfStore(host, {
        clock,
        timeZone: config.timeZone,
        channels: () => config.alerts.channels.values(),
        unsent: (channel, error) => log.error({ channel, err: error }, 'alert.unsent'),
      }),
    );
    // What ends an endless loop drops everything that waited in the same turn: the job fails by name, and the
    // process starts afresh for all the others.
    const failEffect = ({ address, id, ticket }: CurrentEffect, error: Error) => {
      theHost().failEffect(address, id, ticket, error);
      theHost().recommit();
      void stop(error);
    };
    const watch = watchLoop({ failEffect, log, file: dataDir.standstill, limitMs: config.supervision.standstillMs });
    opened.push(() => watch.stop());
    const counted = await openFigures({
      host,
      store,
      collector,
      clock,
      timeZone: config.timeZone,
      dataDir: dataDir.root,
      log,
    });
    figures = counted;
    opened.push(() => counted.close());
    const unreadable = new Unreadable((actor, error) => log.error({ actor, err: error }, 'actor.unreadable'));
    const changes = new Changes({
      host,
      store,
      clock,
      state,
      unreadable,
      failed: (error) => log.warn({ err: error }, 'page.untold'),
    });
    opened.push(() => changes.stop());
    const drawing = new DrawingThread(clock);
    opened.push(() => drawing.stop());
    const api: ApiPorts = {
      host,
      levels,
      logFolder: config.log.files ? dataDir.logs : null,
      timeZone: config.timeZone,
      collector,
      metrics: counted.metrics,
      changes,
      unreadable,
      config: all,
      draw: (chart) => drawing.draw(chart),
      token,
      state,
      reload: () => reloading.ask(),
      leave: options.leave,
      now: () => clock.now(),
      redact,
    };
    const server = await listen(createApi(api), options.port);
    opened.push(() => server.close());
    url = server.url;
    opened.push(leaveAddress(dataDir, { token, url }));
    leaveAgain = () => void leaveAddress(dataDir, { token, url });
    opened.push(() => {
      leaveAgain = () => {};
    });
    if (config.listen) {
      const elsewhere = await openElsewhere({ listen: config.listen, clock, log, app: (door) => createApi(api, door) });
      opened.push(() => elsewhere.close());
    }
    const { inspectorPort } = options;
    if (inspectorPort !== undefined) {
      const { engines } = all;
      const inspector = await openInspector({ host, supervisor, engines, port: inspectorPort, redact, log });
      opened.push(() => inspector.close());
    }
  }

  function openLogFiles(folder: string) {
    const limits = config.log.files;
    if (!limits) return;
    const todo = 'make room on the disk, or mend the folder; meanwhile lines wait in memory';
    options.files?.open({
      folder,
      ...limits,
      clock,
      failing: (error) => log.error({ folder, err: error, todo }, 'log.failing'),
      recovered: (dropped) => log.warn({ folder, dropped }, 'log.recovered'),
    });
  }

  /** The supervisor's. */
  function state() {
    return String(supervisor.getSnapshot().value);
  }

  /** For which run the present code is running. */
  function presentRun() {
    const { address } = currentEffect.getStore() ?? {};
    if (!system || !address?.startsWith('engine/')) return undefined;
    const { id, run } = system.host.standOf(address).stand.context as unknown as EngineContext;
    return { engine: id, run: run?.id ?? '' };
  }

  function note(recorded: readonly Address[]) {
    const host = theHost();
    return noteStart({
      store: theStore(),
      write: (rows) => host.write(rows),
      config: all,
      configFile,
      vaultKey: sealedBy ?? notOpen(),
      recorded,
      known: host.addresses(),
      log,
      now: clock.now(),
    });
  }

  async function drain() {
    const { error } = supervisor.getSnapshot().context;
    const isLeaving = !reloading.isAgreed || error !== undefined;
    const told = isLeaving ? watchdogs.map((dog) => dog.stop(error === undefined ? null : String(error))) : [];
    opened.unshift(async () => {
      await Promise.all(told);
    });

    const draining = system?.host;
    draining?.drain();
    // After a crash jobs are not waited for: they go on from their last step after the restart. A token server, though, may
    // have taken the old grant back already: its answer is worth a moment.
    const crashed = supervisor.getSnapshot().context.error !== undefined;
    if (draining) {
      const patience = Promise.withResolvers<void>();
      const cancel = clock.after(crashed ? grantPatienceMs : config.supervision.drainMs, () => patience.resolve());
      await Promise.race([crashed ? draining.idle('token') : draining.idle(), patience.promise]);
      cancel();
    }
    for (const dog of watchdogs) dog.rest();
    const troubles: unknown[] = [];
    for (const letGo of opened.splice(0).reverse()) {
      try {
        await letGo();
      } catch (error) {
        troubles.push(error);
      }
    }
    if (troubles.length > 0) throw troubles[0];
  }

  function theHost(): EmbeddedHost {
    return (system ?? notOpen()).host;
  }

  function channelOf(name: string): ChannelConfig {
    return config.alerts.channels.get(name) ?? notOpen();
  }

  function theStore(): Store {
    return records ?? notOpen();
  }

  function notOpen(): never {
    throw new NightshiftError('SERVICE_NOT_OPEN', 'The service has not been started.');
  }

  const supervisor = createActor(
    supervisorMachine.provide({
      actors: {
        open: fromPromise(async () => {
          await open();
          return null;
        }),
        rehydrate: fromPromise(async () => {
          const recorded = await system?.rehydrate();
          opened.push(() => system?.unwatch());
          const start = machineStart(clock.now());
          if (start) tellReboot(theHost(), all.engines.values(), start);
          forgetStandstill(dataDirAt(options.dataDir).standstill);
          await note(recorded ?? []);
          opened.push(await (figures ?? notOpen()).count());
          watchdogs.push(
            ...feedWatchdogs({
              ...{ config, tellParent: options.tellParent, host: theHost(), clock, log },
              env: { ...env, ...options.toldAlone },
              awakeSince: (system ?? notOpen()).awakeSince,
              isReloading: () => reloading.isAgreed,
            }),
          );
          return null;
        }),
        drain: fromPromise(async () => {
          await drain();
          return null;
        }),
      },
    }),
  );
  supervisor.subscribe({
    next: ({ value }) => log.debug({ actor: 'supervisor', to: value }, 'state.changed'),
    error: (error) => log.error({ err: error }, 'supervisor.broken'),
  });
  const over = waitFor(supervisor, ({ status }) => status !== 'active', { timeout: Number.POSITIVE_INFINITY });

  const reloading = new Reloading({
    state,
    watchdogs,
    checkNext: options.checkNext,
    drainMs: config.supervision.drainMs,
    log,
  });

  async function stop(error?: unknown) {
    if (error === undefined) supervisor.send({ type: 'supervisor.stop' });
    else supervisor.send({ type: 'supervisor.crashed', error });
    await over;
  }

  return {
    async start() {
      supervisor.start();
      const { value, context } = await waitFor(
        supervisor,
        ({ value, status }) => value === 'running' || status !== 'active',
        { timeout: Number.POSITIVE_INFINITY },
      );
      if (value === 'running') return { url, engines: all.engines.size };
      throw context.error ?? new NightshiftError('SERVICE_STOPPED', 'The service was stopped while it was starting.');
    },
    stop,
    uncaught(error) {
      const culprit = currentEffect.getStore();
      if (!culprit || !system) return false;
      log.error({ actor: culprit.address, effect: culprit.id, err: error }, 'effect.uncaught');
      system.host.failEffect(culprit.address, culprit.id, culprit.ticket, error);
      return true;
    },
    reload: () => reloading.ask(),
    get isReloading() {
      return reloading.isAgreed;
    },
    ended: over.then(({ context }) => (context.error === undefined ? 0 : 1)),
  };
}
