/**
 * The engines that come with nightshift, and run unless the configuration turns them off.
 */
import type { Config, EngineConfig, ServiceConfig } from '../config/config.ts';
import { healthEngine, healthServices } from './health.ts';
import { resourcesEngine } from './resources.ts';

export interface BuiltInPorts {
  dataDir: string;
  /** Where the service itself can be reached, once it can. */
  apiUrl: () => string;
}

export function builtInEngines({ builtIn }: Pick<Config, 'builtIn'>, ports: BuiltInPorts): EngineConfig[] {
  return [
    ...(builtIn.health ? [healthEngine(builtIn.health, ports.apiUrl)] : []),
    ...(builtIn.resources ? [resourcesEngine(builtIn.resources, ports.dataDir)] : []),
  ];
}

/** What the engines above call through breakers of their own. */
export function builtInServices({ builtIn }: Pick<Config, 'builtIn'>): ServiceConfig[] {
  return builtIn.health ? healthServices(builtIn.health) : [];
}
