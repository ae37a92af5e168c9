/**
 * The image of a config: what of it can be kept and compared, as plain JSON.
 *
 * A restart changes what two images differ in. A secret is in none of them: it is known by a digest that only who has the vault's key can
 * make, so that nobody can try passwords on a backup. What programs get as arguments and variables may hold a key that nobody has called
 * one, and counts as a secret. A function is known by its source: what it imports, and what it takes from around it, is not looked at.
 */
import { createHmac, hash } from 'node:crypto';
import { z } from 'zod';
import type { Json } from '../json.ts';
import type { Config, EngineConfig, ServiceConfig, TokenConfig } from './config.ts';
import { everyRun } from './config.ts';
import { isOutputSchema, type OutputSchema } from './output-schema.ts';
import { Secret } from './secret.ts';

/** By what it is, as in `engine/orders` or `service/shop`; `settings` for what belongs to all of them. */
export type ConfigImage = Record<string, { [setting: string]: Json }>;

/** What stands for a secret, and for the source of a function. */
export type Digest = { secret: string } | { code: string };

/**
 * @param config with what is built in, as a service runs it
 * @param key the vault's; undefined when it is not at hand, and then all secrets look alike
 */
export function configImage(config: Config, key: Uint8Array | undefined): ConfigImage {
  const secret = (text: string) => ({
    secret: key ? createHmac('sha256', key).update(`config ${text}`).digest('hex').slice(0, digits) : '',
  });
  const of = (value: unknown) => imageOf(value, '', secret) as { [setting: string]: Json };
  const named = <Each>(kind: string, all: ReadonlyMap<string, Each>, settings: (each: Each) => unknown) =>
    [...all].map(([name, each]) => [`${kind}/${name}`, of(settings(each))] as const);
  const { engines, services, fallbacks, tokens, windows, limits, alerts, builtIn, supervision, ...rest } = config;
  const { intensity, ...patience } = supervision;
  return Object.fromEntries([
    ...named('engine', engines, engineSettings),
    ...named('service', services, serviceSettings),
    ...named('service', fallbacks, (fallback) => ({ fallback })),
    ...named('token', tokens, tokenSettings),
    ...named('window', windows, (hours) => ({ hours })),
    ...named('tag', new Map([...limits].filter(([name]) => name !== everyRun)), (maxConcurrent) => ({ maxConcurrent })),
    ...named('channel', alerts.channels, ({ name: _, ...settings }) => settings),
    [
      'settings',
      of({
        ...rest,
        supervision: { maxRestarts: intensity.maxRestarts, withinPeriodMs: intensity.withinMs, ...patience },
        alerts: alerts.settings,
        builtIn: Object.fromEntries(Object.entries(builtIn).map(([name, each]) => [name, each && withoutTimes(each)])),
        ...(limits.has(everyRun) && { maxConcurrent: limits.get(everyRun) }),
      }),
    ],
  ]);
}

/** The image as it is to somebody who has no key: all secrets look alike. */
export function blindImage(image: ConfigImage): ConfigImage {
  return JSON.parse(JSON.stringify(image), (_, value) => (digestKind(value) === 'secret' ? { secret: '' } : value));
}

/** Whether a value stands for a secret or for source; undefined for any other. */
export function digestKind(value: unknown): 'secret' | 'code' | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const [[kind, digest] = [], ...more] = Object.entries(value);
  return more.length === 0 && typeof digest === 'string' && (kind === 'secret' || kind === 'code') ? kind : undefined;
}

const digits = 16;

/** As they are written. Hours and limits stand under their own names, and when beats are due is the schedule's doing. */
function engineSettings({ id: _, settings, heartbeat, limits = [], isolation, ...its }: EngineConfig) {
  const { window: _hours, windows: _all, windowName, ...rest } = settings;
  const tags = limits.filter((name) => name !== everyRun);
  return {
    ...rest,
    window: windowName,
    ...(tags.length > 0 && { tags }),
    ...its,
    ...(isolation && { isolate: 'process', ...isolation }),
    heartbeat: heartbeat ? { graceMs: heartbeat.graceMs } : false,
  };
}

function serviceSettings({ name: _, quota, heartbeat, ...its }: ServiceConfig) {
  const { periodMs: _length, ...rest } = quota;
  return { ...its, quota: rest, heartbeat: heartbeat ?? false };
}

function tokenSettings({ name: _, settings, ...its }: TokenConfig) {
  const { fingerprint: _source, grant: _grant, ...rest } = settings;
  return { ...its, ...rest };
}

/** When built-in engines run is theirs to tell. */
function withoutTimes({ schedule: _, ...settings }: { schedule?: string }) {
  return settings;
}

type Conceal = (text: string) => Digest;

function imageOf(value: unknown, name: string, secret: Conceal): Json | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (name === 'stdin') return secret(String(value));
  if (isOutputSchema(value)) return { code: sourceDigest(schemaText(value)) };
  if (typeof value === 'function') return { code: sourceDigest(value.toString()) };
  if (typeof value !== 'object' || value === null) return value as Json | undefined;
  if (value instanceof Secret) return secret(value.reveal());
  if (value instanceof Map) return imageOf(Object.fromEntries(value), name, secret);
  if (concealed.has(name)) return concealedOf(value, secret);
  if (Array.isArray(value)) return value.map((each) => imageOf(each, name, secret) ?? null);
  const image: { [name: string]: Json } = {};
  for (const [key, each] of Object.entries(value)) {
    const of = imageOf(each, key, secret);
    if (of !== undefined) image[key] = of;
  }
  // A line of the shell is all arguments.
  if (image.shell === true) image.program = secret(String(image.program));
  return image;
}

/** Arguments and variables of programs, by the names of their settings. */
const concealed = new Set(['args', 'run', 'env']);

function concealedOf(value: object, secret: Conceal): Json {
  if (Array.isArray(value)) return secret(JSON.stringify(value));
  const texts = Object.entries(value as Record<string, string | Secret>);
  return Object.fromEntries(
    texts.map(([name, text]) => [name, secret(text instanceof Secret ? text.reveal() : String(text))]),
  );
}

/** What a schema asks for, as far as it can be told from outside, and the source of the functions that it asks. */
function schemaText(schema: OutputSchema): string {
  if (!('_zod' in schema)) return textWithin(schema);
  const its = schema as unknown as z.ZodType;
  return textWithin([z.toJSONSchema(its, { unrepresentable: 'any' }), ...functionsIn(its)]);
}

/** Without the second of two that hold each other. */
function textWithin(value: unknown): string {
  const above: object[] = [];
  return JSON.stringify(value, function (this: object, _, each: unknown) {
    if (typeof each === 'function' || typeof each === 'bigint' || each instanceof RegExp) return String(each);
    if (typeof each !== 'object' || each === null) return each;
    // What lies below another than the last one is no part of that.
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(each)) return null;
    above.push(each);
    return each;
  });
}

/** Sources of the functions in the definitions of which a schema of zod's is made, as those that refine or transform. */
function functionsIn(value: unknown, seen = new Set<unknown>()): string[] {
  if (typeof value === 'function') return [value.toString()];
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  const its = '_zod' in value ? (value._zod as { def: object }).def : value;
  return Object.values(its).flatMap((each) => functionsIn(each, seen));
}

function sourceDigest(text: string): string {
  return hash('sha256', text, 'hex').slice(0, digits);
}
