/**
 * The public API: what a config file imports.
 */
export {
  apiKey,
  bearer,
  clientCredentials,
  command,
  defineConfig,
  desktop,
  engine,
  mail,
  notifyCommand,
  oauth2,
  webhook,
} from './config/define.ts';
export type {
  AlertsDefinition,
  BreakerDefinition,
  BuiltInDefinition,
  ChannelDefinition,
  ClientGrant,
  CommandOptions,
  ConfigDefinition,
  Duration,
  EngineDefinition,
  EngineOptions,
  FallbackDefinition,
  RefreshGrant,
  RetryDefinition,
  ServiceDefinition,
  Size,
  SupervisionDefinition,
  TokenDefinition,
  WindowDefinition,
} from './config/definition.ts';
export { type EnvReference, env, type Text } from './config/env.ts';
export { environmentFile } from './config/environment-file.ts';
export type { OutputSchema } from './config/output-schema.ts';
export type {
  CallScope,
  FetchInit,
  OnInterrupted,
  RunLog,
  RunScope,
  ServiceClient,
  Step,
  StepOptions,
  StepScope,
} from './config/run-scope.ts';
