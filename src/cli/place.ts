/**
 * Where a command finds things: the config file, the data folder, the port.
 */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from './usage-error.ts';

/** The options that every command takes which needs them. */
export interface PlaceOptions {
  config?: string;
  data?: string;
  port?: string;
}

export interface Place {
  /** Absolute. */
  config: string;
  /** Absolute. */
  data: string;
  /** 0 for any that is free. */
  port: number;
}

/** In the order in which they are looked for. */
export const configNames: readonly string[] = ['ts', 'mts', 'js', 'mjs'].map((ending) => `nightshift.config.${ending}`);
const portDefault = 4100;

/**
 * The data folder stands beside the config file unless it is named.
 *
 * @throws {UsageError} for a name that is empty, as a variable of the shell leaves it that is not set: this folder is hardly meant
 */
export function placeOf({ config, data, port }: PlaceOptions): Place {
  for (const [name, value] of Object.entries({ config, data }))
    if (value === '')
      throw new UsageError(`--${name}: found an empty text, expected a path. Name one, or leave --${name} out.`);
  const file = resolve(config ?? configNames.find((name) => existsSync(name)) ?? (configNames[0] as string));
  return {
    config: file,
    data: resolve(data ?? join(dirname(file), '.nightshift')),
    port: portOf('--port', port) ?? portDefault,
  };
}

/**
 * @param option as it stands in the message
 * @throws {UsageError} when it is none
 */
export function portOf(option: string, port: string | undefined): number | undefined {
  if (port === undefined) return undefined;
  const number = Number(port);
  if (/^\d+$/.test(port) && number <= 65_535) return number;
  throw new UsageError(`${option}: found '${port}', expected a number from 0 to 65535.`);
}
