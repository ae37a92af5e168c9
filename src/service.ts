/**
 * The service: everything put together, and the only place that knows all rooms.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import { createActor, fromPromise, waitFor } from 'xstate';
import { type CurrentEffect, currentEffect } from './actors/current-effect.ts';
import { deliver, type Message } from './actors/effects/alert-channels.ts';
import type { EmbeddedHost } from './actors/embedded-host.ts';
import { watchLoop } from './actors/loop-watch.ts';
import { forgetStandstill, keptStandstill, loopBlocked } from './actors/standstill.ts';
import { alarmOfStore } from './actors/store-alarm.ts';
import { type Clock, systemClock } from './clock.ts';
import { channelServices } from './config/alert-schema.ts';
import type { ChannelConfig, Config } from './config/config.ts';
import type { CallScope } from './config/run-scope.ts';
import { secretsOf } from './config/secrets-of.ts';
import { createApi } from './dashboard/api.ts';
import { Changes } from './dashboard/changes.ts';
import { listen } from './dashboard/listen.ts';
import { builtInEngines, builtInServices } from './engines/built-in.ts';
import { NightshiftError } from './errors.ts';
import { supervisorMachine } from './machines/supervisor.ts';
import { dataDirAt, openDataDir } from './persistence/data-dir.ts';
import { writeDurableFile } from './persistence/durable-file.ts';
import { acquireLock } from './persistence/lock.ts';
import type { Redactor } from './persistence/redact.ts';
import { openStore, type Store, type Write } from './persistence/store.ts';
import { findVaultKey } from './persistence/vault-key.ts';
import type { EngineContext } from './policies/engine.ts';
import { Children } from './processes/children.ts';
import { watchOwnChildren } from './processes/own-children.ts';
import { type Random, systemRandom } from './random.ts';
import type { Address } from './stream.ts';
import { openSystem, type System } from './system.ts';
import { ErrorBook } from './telemetry/errors/error-book.ts';
import type { LogFiles } from './telemetry/log-files.ts';
import { engineOf, type LogLevels, numberOf } from './telemetry/log-levels.ts';
import { Collector } from './telemetry/metrics/collector.ts';
import { MetricsKeeper } from './telemetry/metrics/keeper.ts';
import { Metrics } from './telemetry/metrics/overview.ts';
import { sampleProcess } from './telemetry/metrics/process-sample.ts';
import { logTransitions } from './telemetry/transitions.ts';
import { healthchecks } from './watchdog/healthchecks.ts';
import { systemd } from './watchdog/systemd.ts';
import { lookForTrouble } from './watchdog/vital-signs.ts';
import { feedWatchdog, nobody } from './watchdog/watchdog.ts';

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
  /** Resolves with the exit code of the process once the service has ended. */
  readonly ended: Promise<number>;
}

/** How long a refresh under way is waited for when the process has to end. */
const grantPatienceMs = 5_000;

export function createService(options: ServiceOptions): Service {
  const { config, log, levels, redactor, env, clock = systemClock, random = systemRandom } = options;
  const redact = (text: string) => redactor.redact(text);
  /** What has been opened, to be let go in the opposite order. */
  const opened: (() => Promise<void> | void)[] = [];
  let system: System | undefined;
  let keeper: MetricsKeeper | undefined;
  let errors: ErrorBook | undefined;
  let metrics: Metrics | undefined;
  let records: Store | undefined;
  const collector = new Collector();
  const watchdogs: ReturnType<typeof feedWatchdog>[] = [];
  let url = '';

  const { dataDir, configFile } = options;
  const ports = {
    dataDir,
    configDir: dirname(configFile),
    clock,
    store: theStore,
    write: (rows: readonly Write[]) => theHost().write(rows),
    redact,
    overview: (now: number) => (metrics ?? notOpen()).overview('day', now),
    deliver: (name: string, message: Message, call: CallScope) => deliver(channelOf(name), message, call, clock.now()),
    env,
    apiUrl: () => url,
  };
  const all: Config = {
    ...config,
    engines: new Map([...config.engines, ...builtInEngines(config, ports).map((each) => [each.id, each] as const)]),
    services: new Map([
      ...config.services,
      ...[...builtInServices(config), ...channelServices(config.alerts.channels.keys())].map(
        (each) => [each.name, each] as const,
      ),
    ]),
  };

  async function open() {
    for (const secret of secretsOf(config)) redactor.add(secret.reveal());
    const dataDir = openDataDir(options.dataDir);
    const lock = acquireLock(dataDir.lock, clock.now());
    opened.push(() => lock.release());
    openLogFiles(dataDir.logs);
    const vaultKey = findVaultKey({ environment: env, file: dataDir.vaultKey });
    if (vaultKey.created) {
      log.warn(
        { file: dataDir.vaultKey },
        'vault.key.created: back it up, or set NIGHTSHIFT_KEY; without it the secrets are lost',
      );
    }
    redactor.add(vaultKey.key.toString('base64'));
    redactor.add(vaultKey.key.toString('hex'));
    if (!vaultKey.created && existsSync(dataDir.vaultKey) && statSync(dataDir.store).size === 0) {
      log.warn(
        { file: dataDir.store },
        'store.empty: everything begins afresh; if there was something in it, stop the service and put a copy in its place',
      );
    }
    const store = await openStore(`sqlite://${dataDir.store}`, {
      rescued: (file) => log.error({ file }, 'store.rescued: somebody has removed its files; they are there again'),
    });
    records = store;
    opened.push(() => store.close());
    const token = randomBytes(32).toString('base64url');
    redactor.add(token);
    const todo = 'end it by hand, or restart the machine: nightshift goes on without';
    const children = new Children(dataDir.children, clock, {
      unkillable: ({ engine, run }, pids) => log.error({ engine, run, pids, todo }, 'orphan.unkillable'),
    });
    for (const { engine, run, pids } of await children.endOrphans()) log.warn({ engine, run, pids }, 'orphan.ended');
    opened.push(() => children.ended());
    const own = watchOwnChildren(children, env, presentRun);
    opened.push(() => own.end());
    const left = keptStandstill(dataDir.standstill);
    system = await openSystem({
      config: all,
      store,
      vaultKey: vaultKey.key,
      redactor,
      clock,
      random,
      fetch,
      log,
      commands: { children, folder: dataDir.commands, env },
      configFile,
      called: (call) => collector.call(call),
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
    const figures = new Metrics(store, () => collector.present());
    metrics = figures;
    keeper = new MetricsKeeper({
      clock,
      timeZone: config.timeZone,
      store,
      write: (rows) => host.write(rows),
      collector,
      kept: () => figures.refresh(),
      failed: (error) => log.warn({ err: error }, 'metrics.unkept'),
    });
    errors = new ErrorBook({
      clock,
      store,
      write: (rows) => host.write(rows),
      failed: (error) => log.warn({ err: error }, 'errors.unkept'),
    });
    await errors.start();
    opened.push(errors.watch(host));
    const changes = new Changes({
      host,
      store,
      clock,
      state,
      failed: (error) => log.warn({ err: error }, 'page.untold'),
    });
    opened.push(() => changes.stop());
    const api = createApi({
      host,
      levels,
      timeZone: config.timeZone,
      collector,
      metrics: figures,
      changes,
      config: all,
      token,
      state,
      now: () => clock.now(),
      redact,
    });
    const server = await listen(api, options.port);
    opened.push(() => server.close());
    url = server.url;
    writeDurableFile(dataDir.apiToken, `${token}\n`, 0o600);
    writeDurableFile(dataDir.address, `${JSON.stringify({ url, pid: process.pid })}\n`, 0o600);
    opened.push(() => rmSync(dataDir.address, { force: true }));
    await openInspector(host);
  }

  async function openInspector(host: EmbeddedHost) {
    const { inspectorPort: port } = options;
    if (port === undefined) return;
    const { serveInspector } = await import('./inspector/serve-inspector.ts');
    const dropped = () => log.warn('inspector.dropped: it does not read as fast as things happen');
    const failed = (error: unknown) => log.warn({ err: error }, 'inspector.untold');
    const { engines } = all;
    const inspector = await serveInspector({ host, supervisor, engines, port, redact, dropped, failed });
    opened.push(() => inspector.close());
    const { url, webSocket } = inspector;
    log.info({ url, webSocket }, 'inspector.ready: open the url in a browser on this machine');
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

  /** Actors with a record that the config has no more: they stand still, and nobody would notice. */
  function tellOfTheForgotten(recorded: readonly Address[]) {
    const known = new Set<string>(theHost().addresses());
    const actors = recorded.filter((address) => !known.has(address) && !address.startsWith('incident/'));
    const todo = 'back in the config, they go on where they stood';
    if (actors.length > 0) log.warn({ count: actors.length, actors: actors.slice(0, 20), todo }, 'actors.unconfigured');
  }

  /** Counts what happens from now on, and what the process says of itself. */
  async function measure() {
    const host = theHost();
    const standing = host.addresses().map((address) => ({ address, value: host.standOf(address).stand.value }));
    opened.push(collector.watch(host, standing, clock.now()));
    opened.push(sampleProcess(clock, options.dataDir, (sample) => collector.sample(sample)));
    await keeper?.start();
    // What closes the store writes it.
    opened.push(() => void keeper?.stop());
    opened.push(() => void errors?.stop());
  }

  /** Looks whether the service gets on, and lets the watchdogs know. */
  function watch() {
    const { watchdog } = config;
    const outside = watchdog && healthchecks(watchdog.url.reveal(), watchdog.everyMs, clock);
    const dogs = [outside, systemd(env)].filter((dog) => dog !== null && dog !== undefined);
    // A write for nobody's sake would only wear the disk.
    const write = async () => {
      if (dogs.length > 0) await theHost().write([['host:vital-sign', String(clock.now())]]);
    };
    const trouble = () => lookForTrouble({ host: theHost(), clock, write });
    for (const dog of dogs.length > 0 ? dogs : [nobody]) watchdogs.push(feedWatchdog(dog, { clock, log, trouble }));
  }

  async function drain() {
    const { error } = supervisor.getSnapshot().context;
    const told = watchdogs.map((stop) => stop(error === undefined ? null : String(error)));
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
          forgetStandstill(dataDirAt(options.dataDir).standstill);
          tellOfTheForgotten(recorded ?? []);
          await measure();
          watch();
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
    ended: over.then(({ context }) => (context.error === undefined ? 0 : 1)),
  };
}
