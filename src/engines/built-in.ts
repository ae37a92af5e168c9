/**
 * The engines that come with nightshift, and run unless the configuration turns them off.
 */
import type { Message } from '../actors/effects/alert-channels.ts';
import type { Clock } from '../clock.ts';
import { channelServices } from '../config/alert-schema.ts';
import type { Config, EngineConfig, ServiceConfig } from '../config/config.ts';
import type { CallScope } from '../config/run-scope.ts';
import type { Store, Write } from '../persistence/store.ts';
import { defaultGraceMs } from '../policies/expected-beat.ts';
import type { Children } from '../processes/children.ts';
import type { Address } from '../stream.ts';
import type { Overview } from '../telemetry/metrics/overview.ts';
import { backupEngine } from './backup.ts';
import { dailyReportEngine } from './daily-report.ts';
import { healthEngine, healthServices } from './health.ts';
import { logAnalysisEngine } from './log-analysis.ts';
import { logCleanupEngine } from './log-cleanup.ts';
import { resourcesEngine } from './resources.ts';
import { updatesEngine } from './updates.ts';

export interface BuiltInPorts {
  dataDir: string;
  /** What relative paths in the config begin at. */
  configDir: string;
  clock: Clock;
  /** Of the running service; its writes go among those of the jobs. */
  store: () => Store;
  write: (rows: readonly Write[]) => Promise<void>;
  /** Takes secrets out of a text. */
  redact: (text: string) => string;
  /** The figures of the last day. @param now epoch ms */
  overview: (now: number) => Promise<Overview>;
  /** Gives a message to a channel. */
  deliver: (channel: string, message: Message, call: CallScope) => Promise<void>;
  env: NodeJS.ProcessEnv;
  /** The programs that the running service has started. */
  children: () => Children;
  /** The actors of the whole configuration. */
  wanted: () => Iterable<Address>;
  /** Where the service itself can be reached, once it can. */
  apiUrl: () => string;
}

export function builtInEngines(config: Pick<Config, 'builtIn' | 'timeZone'>, given: BuiltInPorts): EngineConfig[] {
  const { health, resources, backup, logCleanup, logAnalysis, dailyReport, updates } = config.builtIn;
  const ports = { ...given, timeZone: config.timeZone };
  return [
    ...(health ? [healthEngine(health, ports.apiUrl)] : []),
    ...(resources ? [resourcesEngine(resources, ports.dataDir)] : []),
    ...(backup ? [backupEngine(backup, ports)] : []),
    ...(logCleanup ? [logCleanupEngine(logCleanup, ports)] : []),
    ...(logAnalysis ? [logAnalysisEngine(logAnalysis, ports)] : []),
    ...(dailyReport ? [dailyReportEngine(dailyReport, ports)] : []),
    ...(updates ? [updatesEngine(updates, ports)] : []),
  ].map(withHeartbeat);
}

/** The configuration as a service runs it: with what is built in, and with a service for each channel of the alerts. */
export function withBuiltIns(config: Config, ports: BuiltInPorts): Config {
  const services = [...builtInServices(config), ...channelServices(config.alerts.channels.keys())];
  return {
    ...config,
    engines: new Map([...config.engines, ...builtInEngines(config, ports).map((each) => [each.id, each] as const)]),
    services: new Map([...config.services, ...services.map((each) => [each.name, each] as const)]),
  };
}

/** They are watched like all others. */
function withHeartbeat(engine: EngineConfig): EngineConfig {
  const { schedule, timeoutMs } = engine.settings;
  if (!schedule) return engine;
  return { ...engine, heartbeat: { schedule, window: null, graceMs: defaultGraceMs(schedule, timeoutMs, 0) } };
}

/** What the engines above call through breakers of their own. */
export function builtInServices({ builtIn }: Pick<Config, 'builtIn'>): ServiceConfig[] {
  return builtIn.health ? healthServices(builtIn.health) : [];
}
