/**
 * The config with what is built in, for commands that ask what a service would do and run nothing.
 */
import { dirname } from 'node:path';
import { systemClock } from '../clock.ts';
import type { Config } from '../config/config.ts';
import { withBuiltIns } from '../engines/built-in.ts';
import { serviceDown } from './client.ts';
import type { Place } from './place.ts';

/** Its built-in engines cannot run: there is no service behind them. */
export function wholeConfig(config: Config, { data, config: file }: Place): Config {
  const idle = () => {
    throw serviceDown(data);
  };
  return withBuiltIns(config, {
    dataDir: data,
    configDir: dirname(file),
    clock: systemClock,
    store: idle,
    write: idle,
    redact: (text) => text,
    overview: idle,
    deliver: idle,
    env: process.env,
    children: idle,
    apiUrl: idle,
    wanted: () => [],
  });
}
