import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import {
  apiKey,
  bearer,
  clientCredentials,
  command,
  defineConfig,
  desktop,
  engine,
  oauth2,
} from '../../src/config/define.ts';
import type { ConfigDefinition } from '../../src/config/definition.ts';
import { type Environment, env } from '../../src/config/env.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { stableOffsetMs } from '../../src/policies/schedule.ts';

const run = () => 'done';
const resolve = (definition: unknown, environment: Environment = {}): Config => resolveConfig(definition, environment);

/** The lines that a wrong config is reported with, without the ids of engines. */
const complaints = (definition: unknown, environment: Environment = {}) =>
  wholeComplaints(definition, environment).map((line) => line.replace(/^(engines\.\S+) of '[^']*':/, '$1:'));

function wholeComplaints(definition: unknown, environment: Environment = {}): string[] {
  try {
    resolveConfig(definition, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message.split('\n');
  }
  return [];
}

const withEngine = (options: object) => ({ engines: [{ id: 'a', run, ...options }] });
const withService = (service: object, more: object = {}) => ({ ...more, services: { web: service } });
const withBreaker = (breaker: object) => withService({ breaker });
const withToken = (token: unknown) => ({ tokens: { t: token } });
const app = { tokenUrl: 'https://auth.example.com/token', clientId: 'me' };
const grant = { ...app, refreshToken: 'grant-1' };

it('is told with the id of the engine that is wrong, so that nobody counts them, if it has one', () => {
  const engines = [
    { id: 'a', run },
    { id: 'b' },
    { id: 7, run },
    { id: 'c', run, every: 'often', retry: { tries: 0 } },
    { run },
  ];
  expect(wholeComplaints({ engines }).map((line) => line.slice(0, line.indexOf(':')))).toEqual([
    "engines.1.run of 'b'",
    'engines.2.id',
    "engines.3.every of 'c'",
    "engines.3.retry.tries of 'c'",
    'engines.4.id',
  ]);
});

describe('a wrong config', () => {
  const cases: [name: string, definition: unknown, ...lines: string[]][] = [
    [
      'listening elsewhere without TLS',
      { listen: { host: '0.0.0.0' } },
      "listen.tls: found nothing, expected { cert: 'cert.pem', key: 'key.pem' }, since other machines are spoken to over TLS alone. Write that instead.",
    ],
    [
      'another port and nothing more, which is for --port to say',
      { listen: { port: 4200 } },
      "listen.host: found nothing, expected an IP address of this machine. This is for other machines: '0.0.0.0' is all of its addresses. For another port on this machine alone, leave listen out, and give --port to start or service install.",
      "listen.tls: found nothing, expected { cert: 'cert.pem', key: 'key.pem' }, since other machines are spoken to over TLS alone. Write that instead.",
    ],
    [
      'listening on a name, without a key, on a port that is none',
      { listen: { host: 'example.com', port: 70_000, tls: { cert: 'cert.pem' } } },
      "listen.host: found 'example.com', expected an IP address of this machine. Write '0.0.0.0' for all of them, '::' for IPv6 as well.",
      'listen.port: found 70000, expected a number from 0 to 65535. Write 4443; 0 is any that is free.',
      "listen.tls.key: found nothing, expected the file of the private key, as PEM. Write its path, from the folder of the config on: 'key.pem'.",
    ],
    [
      'an interval as cron expression',
      withEngine({ schedule: 'every 30m' }),
      "engines.0.schedule: found 'every 30m', expected a cron expression. Write every: '30m' for an interval.",
    ],
    [
      'a cron expression that is none',
      withEngine({ schedule: '99 * * * *' }),
      "engines.0.schedule: found '99 * * * *', expected a cron expression. 99 is no minute, which takes 0 to 59. Write it as '*/30 * * * *': minute, hour, day, month, weekday.",
    ],
    [
      'a day that never comes',
      withEngine({ schedule: '0 0 31 2 *' }),
      "engines.0.schedule: found '0 0 31 2 *', expected a cron expression. It never comes. Write it as '*/30 * * * *': minute, hour, day, month, weekday.",
    ],
    [
      'a number as cron expression',
      withEngine({ schedule: 30 }),
      "engines.0.schedule: found 30, expected a cron expression. Write it as '*/30 * * * *': minute, hour, day, month, weekday.",
    ],
    [
      'a cron expression among others that is none',
      withEngine({ schedule: ['0 3 * * *', 'daily'] }),
      "engines.0.schedule: found 'daily', expected a cron expression. invalid configuration format, exactly five, six, or seven space separated parts are required. Write it as '*/30 * * * *': minute, hour, day, month, weekday.",
    ],
    [
      'no cron expression at all',
      withEngine({ schedule: [] }),
      "engines.0.schedule: found an empty array, expected a cron expression. Write it as '*/30 * * * *': minute, hour, day, month, weekday.",
    ],
    [
      'several cron expressions in one text',
      withEngine({ schedule: '0 3 * * * | 0 4 * * *' }),
      "engines.0.schedule: found '0 3 * * * | 0 4 * * *', expected a cron expression. '0 3 * * * | 0 4 * * *' is more than one: write an array. Write it as '*/30 * * * *': minute, hour, day, month, weekday.",
    ],
    [
      'a time zone of an interval',
      withEngine({ every: '1h', timeZone: 'UTC' }),
      'engines.0.timeZone: found a time zone without a cron expression, expected schedule beside it, which is read in it. Remove it.',
    ],
    [
      'a start of the machine among cron expressions',
      withEngine({ schedule: ['@reboot', '0 3 * * *'] }),
      "engines.0.schedule: found '@reboot', expected a cron expression. '@reboot' stands alone. Write it as '*/30 * * * *': minute, hour, day, month, weekday.",
    ],
    [
      'both schedule and every',
      withEngine({ schedule: '0 3 * * *', every: '1h' }),
      'engines.0.every: found both schedule and every, expected one of them. Remove the other.',
    ],
    [
      'a duration that is none',
      withEngine({ every: 'often' }),
      "engines.0.every: found 'often', expected a length of time above zero. Write it as '30s', '5m' or '1h30m'; a number is milliseconds.",
    ],
    [
      'an interval of zero',
      withEngine({ every: 0 }),
      "engines.0.every: found 0, expected a length of time above zero. Write it as '30s', '5m' or '1h30m'; a number is milliseconds.",
    ],
    [
      'a standstill that is none yet',
      { supervision: { standstill: '200ms' } },
      "supervision.standstill: found '200ms', expected a length of time of at least a second. Write it as '30s', '5m' or '1h30m'; a number is milliseconds.",
    ],
    [
      'an interval in milliseconds that was meant in minutes',
      withEngine({ every: 5 }),
      "engines.0.every: found 5, expected at least 1000, for a number is milliseconds. Write every: '5m' for minutes.",
    ],
    [
      'a time to catch up within for what is skipped',
      withEngine({ catchUp: 'skip', catchUpWithin: '1h' }),
      "engines.0.catchUpWithin: found a time to catch up within beside catchUp: 'skip', expected one of them. Remove the other: what is skipped is not made up for.",
    ],
    [
      'a limit on the memory of a run that shares its process',
      withEngine({ memory: '1GB' }),
      "engines.0.memory: found a limit without a process of its own, expected isolate: 'process' beside it. Write isolate: 'process', or remove it.",
    ],
    [
      'an isolation that there is not',
      withEngine({ isolate: 'thread' }),
      "engines.0.isolate: found 'thread', expected 'process'. Choose one of them.",
    ],
    [
      'a program that is isolated',
      { engines: [{ id: 'job', isolate: 'process', command: { run: ['true'] } }] },
      "engines.0.isolate: found 'process', expected nothing, for a command has a process of its own. Remove it.",
    ],
    [
      'a run for each due time, and some that are skipped',
      withEngine({ catchUp: 'all', overlap: 'skip' }),
      "engines.0.overlap: found 'skip', expected 'queue', since each due time gets a run of its own with catchUp: 'all'. Remove it.",
    ],
    [
      'an expectation that is no function',
      withEngine({ expect: 3 as never }),
      'engines.0.expect: found 3, expected a function. Write expect: (output) => output.length > 0.',
    ],
    [
      'a misspelt key',
      withEngine({ timout: '20m' }),
      "engines.0.timout: found the unknown key 'timout', expected one that there is. Did you mean 'timeout'?",
    ],
    [
      'shares over a number of calls and over a length of time',
      withService({ breaker: { of: 5, within: '10m' } }),
      'services.web.breaker.within: found both of and within, expected one of them: shares are taken over a number of calls or over a length of time. Remove the other.',
    ],
    [
      'shares that count only beyond the calls they are taken over',
      withService({ breaker: { atLeast: 11 } }),
      'services.web.breaker.of: found 10, expected at least atLeast, which is 11. Raise of or lower atLeast.',
    ],
    [
      'an engine after one that there is not',
      { engines: [engine('a', { run }), engine('b', { after: 'aa', run })] },
      "engines.1.after: found 'aa', expected one of the engines: 'a' or 'b'. Did you mean 'a'?",
    ],
    [
      'engines that run after each other',
      {
        engines: [
          engine('a', { after: 'b', run }),
          engine('b', { every: '1h', run }),
          engine('c', { after: 'c', run }),
        ],
      },
      "engines.2.after: found 'c', which runs after this engine itself, expected an engine that does not wait for this one. Give one of them a schedule.",
    ],
    [
      'an engine after another one and by the clock',
      { engines: [engine('a', { run }), engine('b', { after: 'a', every: '1h', run })] },
      'engines.1.after: found both every and after, expected one of them. Remove the other.',
    ],
    [
      'an engine that would give way to a run that nobody foresees',
      { engines: [engine('a', { run }), engine('b', { after: 'a', overlap: 'cancel', run })] },
      "engines.1.overlap: found 'cancel', expected 'queue' or 'skip' for an engine that runs after another one. Write overlap: 'queue', which is the default there.",
    ],
    [
      'a tag that there is not',
      { tags: { browser: {} }, engines: [engine('a', { tags: ['browsr'], run })] },
      "engines.0.tags.0: found 'browsr', expected one of the tags: 'browser'. Did you mean 'browser'?",
    ],
    [
      'a program as one text',
      { engines: [command('a', { run: 'python3 import.py' })] },
      "engines.0.command.run: found 'python3 import.py', expected a program and its arguments, as an array. Write each argument by itself, or shell: true beside it.",
    ],
    [
      'a program that is none',
      { engines: [command('a', { run: [] })] },
      "engines.0.command.run: found an empty array, expected a program and its arguments. Write ['python3', 'import.py'].",
    ],
    [
      'a meaning of exit codes that there is not',
      { engines: [command('a', { run: ['a'], exitCodes: { 3: 'retry' as never } })] },
      "engines.0.command.exitCodes.3: found 'retry', expected 'success', 'recoverable', 'degraded', 'critical', 'fatal' or 'bug'. Choose one of them.",
    ],
    [
      'an exit code that there is not',
      { engines: [command('a', { run: ['a'], exitCodes: { 300: 'bug' } })] },
      "engines.0.command.exitCodes.300: found the exit code '300', expected a whole number from 0 to 255, or 'other'. Correct it.",
    ],
    [
      'a secret of a program that is not there',
      { engines: [command('a', { run: ['a'], env: { KEY: env('NO_SUCH_KEY') } })] },
      "engines.0.command.env.KEY: found env('NO_SUCH_KEY'), which is not set, expected a text. Set the environment variable NO_SUCH_KEY.",
    ],
    [
      'channels and quiet hours that there are not',
      {
        alerts: { channels: { ops: { kind: 'webhook', url: 'http://ops.example' } }, quietHours: 'nigth' },
        windows: { night: { from: '22:00', to: '06:00' } },
      },
      'alerts.channels.ops.url: found an http: URL, expected an https: URL, since secrets are sent there. Write https://.',
      "alerts.quietHours: found 'nigth', expected one of the windows: 'night'. Did you mean 'night'?",
    ],
    [
      'a key of another kind of thing',
      withService({ budget: { limit: 10 } }),
      "services.web.budget: found the unknown key 'budget', expected 'url', 'token', 'timeout', 'breaker', 'quota', 'heartbeat', 'idempotencyHeader' or 'fallback'. Remove it.",
    ],
    [
      'a fallback beside something else',
      { services: { a: {}, llm: { fallback: ['a'], timeout: '1s' } as never } },
      'services.llm.timeout: found timeout beside fallback, expected fallback alone, since each of its services has settings of its own. Put it into those services.',
    ],
    [
      'a fallback to a service that there is not',
      { services: { groq: {}, llm: { fallback: ['grok'] } } },
      "services.llm.fallback.0: found 'grok', expected one of the services without a fallback: 'groq'. Did you mean 'groq'?",
    ],
    [
      'a fallback to itself',
      { services: { groq: {}, llm: { fallback: ['groq', 'llm'] } } },
      "services.llm.fallback.1: found 'llm', expected one of the services without a fallback: 'groq'. Add it under services, or remove it here.",
    ],
    [
      'a fallback to the same service again',
      { services: { groq: {}, llm: { fallback: ['groq', 'groq'] } } },
      "services.llm.fallback.1: found 'groq' for the second time, expected each service once. Remove it.",
    ],
    [
      'a fallback to nothing',
      { services: { llm: { fallback: [] } } },
      "services.llm.fallback: found an empty array, expected an array of names of services such as ['groq', 'ollama']. Write that instead.",
    ],
    [
      'a quota without a period',
      withService({ quota: { limit: 10 } }),
      "services.web.quota.per: found nothing, expected 'second', 'minute', 'hour' or 'day'. Choose one of them.",
    ],
    [
      'a quota per minute with a time of day',
      withService({ quota: { limit: 10, per: 'minute', resets: '00:00' } }),
      "services.web.quota.resets: found a time of day for a quota per minute, expected none, for only a quota per day is filled up at one. Remove it, or write per: 'day'.",
    ],
    [
      'a quota that is filled up at no time of day',
      withService({ quota: { limit: 10, per: 'day', resets: 'midnight' } }),
      "services.web.quota.resets: found 'midnight', expected a time of day. Write it as '00:00' or '00:00 America/Los_Angeles'.",
    ],
    [
      'a quota in a zone that there is not',
      withService({ quota: { limit: 10, per: 'day', resets: '00:00 America/Los_Angles' } }),
      "services.web.quota.resets: found '00:00 America/Los_Angles', expected a time zone of the IANA database after the time. Did you mean 'America/Los_Angeles'?",
    ],
    [
      'a misspelt key at the top',
      { timezone: 'UTC' },
      "timezone: found the unknown key 'timezone', expected one that there is. Did you mean 'timeZone'?",
    ],
    [
      'an engine without a job',
      { engines: [{ id: 'a' }] },
      'engines.0.run: found nothing, expected a function. Write async run({ step }) { … }.',
    ],
    [
      'an object as schema',
      withEngine({ output: { videoId: z.string() } }),
      'engines.0.output: found an object, expected a schema of zod or another library that follows Standard Schema. Write z.object({ … }).',
    ],
    [
      'an importance that there is not',
      withEngine({ importance: 'hig' }),
      "engines.0.importance: found 'hig', expected 'high', 'normal' or 'low'. Did you mean 'high'?",
    ],
    [
      'a cap below the base',
      withEngine({ retry: { base: '2s', cap: '1s' } }),
      'engines.0.retry.cap: found 1000 ms, expected at least base, which is 2000 ms. Raise cap or lower base.',
    ],
    [
      'an unknown window',
      { ...withEngine({ window: 'publsh' }), windows: { publish: { from: '09:00', to: '22:00' } } },
      "engines.0.window: found 'publsh', expected one of the windows: 'publish'. Did you mean 'publish'?",
    ],
    [
      'a window when there is none',
      withEngine({ window: 'publish' }),
      "engines.0.window: found 'publish', expected one of the windows, of which there are none. Add it under windows, or remove it here.",
    ],
    [
      'a time of day that is none',
      { windows: { day: { from: '9', to: '22:00' } } },
      "windows.day.from: found '9', expected a time of day. Write it as '09:00'.",
    ],
    [
      'a window that never opens',
      { windows: { day: { from: '09:00', to: '24:00', days: [] } } },
      "windows.day.days: found an empty array, expected an array of days such as ['mon', 'tue']. Write that instead.",
    ],
    [
      'a window that its dates keep closed for ever',
      { windows: { day: { from: '09:00', to: '22:00', except: ['01-01/06-30', '07-01/12-31'] } } },
      'windows.day.except: found dates that leave it no day on which to open, expected at least one day left. Take dates out, or add days.',
    ],
    [
      'a day that is none',
      { windows: { day: { from: '09:00', to: '22:00', days: ['monday'] } } },
      "windows.day.days.0: found 'monday', expected 'sun', 'mon', 'tue', 'wed', 'thu', 'fri' or 'sat'. Choose one of them.",
    ],
    [
      'a time zone that is none',
      { timeZone: 'Europe/Berln' },
      "timeZone: found 'Europe/Berln', expected a time zone of the IANA database. Did you mean 'Europe/Berlin'?",
    ],
    [
      'an id with a character that addresses cannot have',
      { engines: [{ id: 'a/b', run }] },
      "engines.0.id: found 'a/b', expected a name of 1 to 100 letters, digits, '.', '_' or '-'. Rename it.",
    ],
    [
      'an id that is too long',
      { engines: [{ id: 'x'.repeat(101), run }] },
      `engines.0.id: found '${'x'.repeat(60)}…', expected a name of 1 to 100 letters, digits, '.', '_' or '-'. Rename it.`,
    ],
    [
      'an id that a path would swallow',
      { engines: [{ id: '..', run }] },
      "engines.0.id: found '..', expected a name of 1 to 100 letters, digits, '.', '_' or '-'. Rename it.",
    ],
    [
      'the id of a built-in engine',
      { engines: [{ id: 'resources', run }] },
      "engines.0.id: found 'resources', expected a name of its own, since that one is a built-in engine. Rename it. The built-in ones are set up under builtIn.",
    ],
    [
      'one id twice',
      {
        engines: [
          { id: 'a', run },
          { id: 'b', run },
          { id: 'a', run },
        ],
      },
      "engines.2.id: found 'a', which engines.0 has too, expected a name of its own. Rename one of them.",
    ],
    [
      'a name of a service that addresses cannot have',
      { services: { 'my api': {} } },
      "services.my api: found 'my api', expected a name of 1 to 100 letters, digits, '.', '_' or '-'. Rename it.",
    ],
    [
      'a misspelt token',
      withService({ token: 'gogle' }, { tokens: { google: bearer('x-token') } }),
      "services.web.token: found 'gogle', expected one of the tokens: 'google'. Did you mean 'google'?",
    ],
    [
      'a url that is none',
      withService({ url: 'api.example.com' }),
      "services.web.url: found a text that is no http: or https: URL, expected a URL. Write it as 'https://api.example.com'.",
    ],
    [
      'a url with a query',
      withService({ url: 'https://api.example.com/?a=b' }),
      "services.web.url: found a URL with a query or a fragment, expected a URL that paths can be appended to. Cut it off at the '?' or '#' and put that into the path of the call.",
    ],
    [
      'a share in percent',
      withBreaker({ rate: 50 }),
      'services.web.breaker.rate: found 50, expected a share above 0 and at most 1. Write 0.5 for one in two.',
    ],
    [
      'more calls wanted than are looked at',
      withBreaker({ of: 4, atLeast: 5 }),
      'services.web.breaker.of: found 4, expected at least atLeast, which is 5. Raise of or lower atLeast.',
    ],
    [
      'a longest cooldown below the first',
      withBreaker({ cooldown: '1h', cooldownMax: '30m' }),
      'services.web.breaker.cooldownMax: found 1800000 ms, expected at least cooldown, which is 3600000 ms. Raise cooldownMax or lower cooldown.',
    ],
    [
      'a probe that is given up before its call',
      withService({ timeout: '10s', breaker: { probeTimeout: '5s' } }),
      'services.web.breaker.probeTimeout: found 5000 ms, expected at least timeout, which is 10000 ms. Raise probeTimeout or lower timeout.',
    ],
    [
      'half a failure',
      withBreaker({ failures: 1.5 }),
      'services.web.breaker.failures: found 1.5, expected a whole number of at least 1. Write it as digits, without quotes.',
    ],
    [
      'a token that is no token',
      withToken({ secret: 'x' }),
      'tokens.t: found an object, expected oauth2({ … }), clientCredentials({ … }), bearer(…) or apiKey(…). Write that instead.',
    ],
    [
      'a secret too short to be kept out of sight',
      withToken(bearer('4x7Q9')),
      'tokens.t.secret: found a secret of 5 characters, expected at least 6, for a shorter one cannot be kept out of logs and records. Ask the service for a longer one.',
    ],
    [
      'a misspelt key of a grant',
      withToken(oauth2({ ...grant, scopes: 'mail' } as never)),
      "tokens.t.scopes: found the unknown key 'scopes', expected one that there is. Did you mean 'scope'?",
    ],
    [
      'a token endpoint without TLS',
      withToken(oauth2({ ...grant, tokenUrl: 'http://auth.example.com/token' })),
      'tokens.t.tokenUrl: found an http: URL, expected an https: URL, since secrets are sent there. Write https://.',
    ],
    [
      'a way to send a client secret that is not there',
      withToken(oauth2({ ...grant, authMethod: 'client_secret_post' })),
      "tokens.t.authMethod: found 'client_secret_post' without a client secret, expected a method that fits the rest of the grant. Add clientSecret.",
    ],
    [
      'an undefined secret',
      withToken(bearer(undefined as never)),
      "tokens.t.secret: found nothing, expected a text or env('NAME'). Write env('NAME') and set that environment variable.",
    ],
    [
      'a header with a blank',
      withToken(apiKey('a-key-', { header: 'X Key' })),
      "tokens.t.header: found a text, expected the name of a request header. Write it as 'X-API-Key'.",
    ],
    [
      'a log level that there is not',
      { log: { level: 'verbose' } },
      "log.level: found 'verbose', expected 'trace', 'debug', 'info', 'warn', 'error', 'fatal' or 'silent'. Choose one of them.",
    ],
    [
      'a size that is none',
      { builtIn: { resources: { memory: 'lots' } } },
      "builtIn.resources.memory: found 'lots', expected a size above zero. Write it as '512MB' or '2GB'; a number is bytes.",
    ],
    [
      'a backup that keeps nothing',
      { builtIn: { backup: { schedule: 'daily', keep: { daily: 0 }, upload: { run: 'rclone copy' }, keeep: 1 } } },
      "builtIn.backup.schedule: found 'daily', expected a cron expression. invalid configuration format, exactly five, six, or seven space separated parts are required. Write it as '*/30 * * * *': minute, hour, day, month, weekday.",
      'builtIn.backup.keep.daily: found 0, expected a whole number of at least 1. Write it as digits, without quotes.',
      "builtIn.backup.upload.run: found 'rclone copy', expected a program and its arguments, as an array. Write each argument by itself, or shell: true beside it.",
      "builtIn.backup.keeep: found the unknown key 'keeep', expected one that there is. Did you mean 'keep'?",
    ],
    [
      'folders that cannot be cleared',
      { builtIn: { logCleanup: { folders: [{ path: '', match: 'logs/*.log', olderThan: 0 }, { path: '/var/log' }] } } },
      "builtIn.logCleanup.folders.0.path: found '', expected the path of a folder. Write it as '/var/log/jobs' or 'logs'.",
      "builtIn.logCleanup.folders.0.match: found 'logs/*.log', expected names of files, as in '*.log'. Name the folder under path.",
      "builtIn.logCleanup.folders.0.olderThan: found 0, expected a length of time above zero. Write it as '30s', '5m' or '1h30m'; a number is milliseconds.",
      "builtIn.logCleanup.folders.1.match: found nothing, expected names of files, as in '*.log'. Name the folder under path.",
      "builtIn.logCleanup.folders.1.olderThan: found nothing, expected a length of time above zero. Write it as '30s', '5m' or '1h30m'; a number is milliseconds.",
    ],
    [
      'a network that is neither on nor off',
      { builtIn: { updates: { network: 'yes' }, dailyReport: true } },
      'builtIn.dailyReport: found a boolean, expected an object or false. Write that instead.',
      "builtIn.updates.network: found 'yes', expected true or false. Write it without quotes.",
    ],
    [
      'a report that is sent to nobody',
      { alerts: { channels: { post: desktop() } }, builtIn: { dailyReport: { send: ['past'] } } },
      "builtIn.dailyReport.send.0: found 'past', expected one of the channels under alerts: 'post'. Did you mean 'post'?",
    ],
    [
      'a report that is sent to one who is no list',
      { builtIn: { dailyReport: { send: 'post' } } },
      'builtIn.dailyReport.send: found a text, expected an array of names of channels. Write that instead.',
    ],
    [
      'a built-in engine that is set to true',
      { builtIn: { health: true } },
      'builtIn.health: found a boolean, expected an object or false. Write that instead.',
    ],
    [
      'engines by name',
      { engines: { a: {} } },
      'engines: found an object, expected an array of engine(id, { … }). Write that instead.',
    ],
    [
      'promises where parts belong, each named once',
      { alerts: Promise.resolve({}), log: Promise.resolve({ level: 'debug' }), engines: [Promise.resolve({})] },
      'alerts: found a promise, expected what it resolves with. Write await in front of it.',
      'log: found a promise, expected what it resolves with. Write await in front of it.',
      'engines.0: found a promise, expected what it resolves with. Write await in front of it.',
    ],
    ['a function', () => ({}), 'config: found a function, expected defineConfig({ … }). Write that instead.'],
    ['nothing', undefined, 'config: found nothing, expected defineConfig({ … }). Write that instead.'],
  ];

  it.each(cases)('names the place and the fix: %s', (_name, definition, ...lines) => {
    expect(complaints(definition)).toEqual(lines);
  });

  it('has all its problems named at once', () => {
    const definition = {
      services: { web: { token: 'none', breaker: { failurs: 2, cooldown: '2m', cooldownMax: '1m' } } },
      tokens: { t: bearer(env('MISSING')) },
      engines: [{ id: 'a', evry: '5m' }, 7, engine('a', { every: '5m', schedule: '* * * * *', run })],
    };
    expect(complaints(definition).map((line) => line.split(':', 1)[0])).toEqual([
      'tokens.t.secret',
      'services.web.breaker.failurs',
      'services.web.breaker.cooldownMax',
      'engines.0.evry',
      'engines.0.run',
      'engines.1',
      'services.web.token',
      'engines.2.every',
      'engines.2.id',
    ]);
  });

  it('is reported on one line each, whatever was found', () => {
    expect(complaints(withEngine({ every: 'a\nb\u001b[31m' }))).toEqual([
      expect.stringMatching(/^engines\.0\.every: found 'a\\nb\\x1b\[31m', expected/),
    ]);
  });
});

describe('a value from the environment', () => {
  const definition = withToken(bearer(env('API_TOKEN')));

  it.each([
    ['missing', 'not set', {}],
    ['empty', 'empty', { API_TOKEN: '' }],
    ['blank', 'empty', { API_TOKEN: ' \n' }],
  ])('is named when it is %s', (_name, state, environment) => {
    expect(complaints(definition, environment)).toEqual([
      `tokens.t.secret: found env('API_TOKEN'), which is ${state}, expected a text. Set the environment variable API_TOKEN.`,
    ]);
  });

  it('is taken without the space around it', () => {
    const { source } = resolve(definition, { API_TOKEN: ' abc-def\n' }).tokens.get('t') ?? {};
    expect(source?.grant === 'static' && source.secret.reveal()).toBe('abc-def');
  });

  it('gives way to its fallback only when it is missing or empty', () => {
    const url = (environment: Environment) =>
      resolve(withService({ url: env('API', 'http://localhost:1') }), environment).services.get('web')?.url;
    expect([url({}), url({ API: '' }), url({ API: 'https://b.example' })]).toEqual([
      'http://localhost:1',
      'http://localhost:1',
      'https://b.example',
    ]);
  });
});

describe('a secret', () => {
  const canary = 'canary-5f0c';
  const misplaced: [place: string, definition: unknown][] = [
    ['as a token', { tokens: { t: canary } }],
    ["as a service's token", withService({ token: canary }, { tokens: { google: bearer('x-token') } })],
    ['in a url', withService({ url: `https://user:${canary}@api.example.com` })],
    ['in the query of a url', withService({ url: `https://api.example.com/?key=${canary}` })],
    ['as a header', withToken(apiKey('X-Key', { header: `${canary} ${canary}` }))],
    ['with a line break', withToken(bearer(`${canary}\n${canary}`))],
    ['under a misspelt key', withToken({ ...oauth2(grant), secret: canary })],
    ['as an object', withToken(bearer({ value: canary } as never))],
  ];

  it.each(misplaced)('is not printed when it stands in the wrong place: %s', (_place, definition) => {
    const lines = complaints(definition);
    expect(lines).not.toEqual([]);
    expect(lines.join('\n')).not.toContain(canary);
  });

  it('is nowhere in the resolved config, whichever way that is printed', () => {
    const config = resolve({
      tokens: {
        a: bearer(canary),
        b: oauth2({ ...grant, clientSecret: canary, refreshToken: canary }),
        c: clientCredentials({ ...app, clientSecret: canary }),
      },
    });
    const printed = [inspect(config, { depth: 9, showHidden: true }), JSON.stringify([...config.tokens.values()])];
    expect(printed.join()).not.toContain(canary);
  });
});

describe('a good config', () => {
  const output = z.object({ videoId: z.string() });
  const definition: ConfigDefinition = defineConfig({
    timeZone: 'Europe/Berlin',
    windows: { publish: { from: '09:00', to: '22:00', days: ['mon', 'tue'] } },
    tokens: {
      google: oauth2({ ...grant, clientSecret: env('GOOGLE_SECRET'), scope: 'upload' }),
      internal: clientCredentials({
        ...app,
        clientSecret: 'secret',
        refreshBefore: '1m',
        authMethod: 'client_secret_post',
      }),
      github: bearer(env('GITHUB_TOKEN')),
      weather: apiKey('a-key-', { header: 'X-API-Key' }),
    },
    services: {
      youtube: { url: 'https://youtube.example/v3/', token: 'google', breaker: { cooldown: '1h', of: 3 } },
      disk: {},
    },
    engines: [
      engine('youtube', {
        schedule: '*/30 * * * *',
        window: 'publish',
        retry: { base: '2s', tries: 3, jitter: 'full' },
        cooldown: '10s',
        timeout: '20m',
        importance: 'high',
        output,
        run: () => ({ videoId: '1' }),
      }),
      engine('sync', { every: 90_000, jitter: '1m', run }),
      engine('on-demand', { run }),
    ],
    builtIn: {
      health: false,
      resources: { disk: '2GB' },
      backup: {
        schedule: '0 1 * * *',
        keep: { daily: 14, maxAge: '1d' },
        dir: '/mnt/copies',
        upload: {
          run: ['rclone', 'copyto', '{file}', 'far:{name}'],
          env: { KEY: env('UPLOAD_KEY', 'a-long-key') },
          timeout: '5m',
        },
      },
      logCleanup: { keepLedger: '30d', folders: [{ path: 'logs', match: '*.log', olderThan: '7d' }] },
      dailyReport: false,
      updates: { network: true },
    },
  });
  const environment = { GOOGLE_SECRET: 'google', GITHUB_TOKEN: 'github' };
  const config = resolve(definition, environment);

  it('draws the jitter once for the engine, or afresh for each run', () => {
    const jittered = (jitterPer?: 'run') =>
      resolve({
        engines: [engine('sync', { every: '1h', jitter: '1m', run, ...(jitterPer && { jitterPer }) })],
      }).engines.get('sync')?.settings.schedule;
    expect(jittered()).toEqual({ kind: 'every', everyMs: 3_600_000, offsetMs: stableOffsetMs('sync', 60_000) });
    expect(jittered('run')).toEqual({
      kind: 'every',
      everyMs: 3_600_000,
      offsetMs: 0,
      spread: { seed: 'sync', spanMs: 60_000 },
    });
  });

  it('gives each engine its settings', () => {
    const { run: _run, heartbeat, ...youtube } = config.engines.get('youtube') ?? {};
    expect(heartbeat).toMatchObject({ schedule: { expression: '*/30 * * * *' }, graceMs: 1_800_000 });
    expect(youtube).toEqual({
      id: 'youtube',
      importance: 'high',
      output,
      settings: {
        schedule: { kind: 'cron', expression: '*/30 * * * *', timeZone: 'Europe/Berlin', offsetMs: 0 },
        window: { from: '09:00', to: '22:00', days: [1, 2], timeZone: 'Europe/Berlin' },
        windowName: 'publish',
        windows: { publish: { from: '09:00', to: '22:00', days: [1, 2], timeZone: 'Europe/Berlin' } },
        retry: { baseMs: 2_000, capMs: 900_000, tries: 3, jitter: 'full' },
        cooldownMs: 10_000,
        timeoutMs: 1_200_000,
        graceMs: 60_000,
        catchUp: 'once',
        catchUpWithinMs: null,
        overlap: 'skip',
        maxFailures: 5,
      },
    });
  });

  it('gives an engine with few words the defaults', () => {
    expect(config.engines.get('on-demand')?.settings).toEqual({
      schedule: null,
      window: null,
      windowName: null,
      windows: { publish: { from: '09:00', to: '22:00', days: [1, 2], timeZone: 'Europe/Berlin' } },
      retry: { baseMs: 1_000, capMs: 900_000, tries: 5, jitter: 'partial' },
      cooldownMs: 0,
      timeoutMs: 3_600_000,
      graceMs: 60_000,
      catchUp: 'once',
      catchUpWithinMs: null,
      overlap: 'skip',
      maxFailures: 5,
    });
  });

  it('reads several cron expressions, in a time zone of their own', () => {
    const ofEngine = (options: object) => resolve(withEngine(options)).engines.get('a');
    expect(ofEngine({ schedule: ['0 3 * * *', '0 15 * * 1'], timeZone: 'Asia/Tokyo' })?.settings.schedule).toEqual({
      kind: 'cron',
      expression: '0 3 * * * | 0 15 * * 1',
      timeZone: 'Asia/Tokyo',
      offsetMs: 0,
    });
    const reboot = ofEngine({ schedule: '@reboot' });
    expect(reboot?.settings).toMatchObject({ schedule: null, after: '@reboot', overlap: 'skip' });
    expect(reboot?.heartbeat).toBeUndefined();
  });

  it('gives every exit code that is not named the meaning of the others', () => {
    const exitCodes = { 3: 'success', other: 'recoverable' } as const;
    const codes = resolve({ engines: [command('a', { run: ['a'], exitCodes })] }).engines.get('a')?.command?.exitCodes;
    expect([0, 1, 3, 69, 255].map((code) => codes?.get(code))).toEqual([
      'success',
      'recoverable',
      'success',
      'degraded',
      'recoverable',
    ]);
  });

  it('moves an engine with jitter by the same length at every load', () => {
    const schedule = () => resolve(definition, environment).engines.get('sync')?.settings.schedule;
    expect(schedule()).toEqual(config.engines.get('sync')?.settings.schedule);
    expect(schedule()).toMatchObject({ kind: 'every', everyMs: 90_000 });
    expect(schedule()?.offsetMs).toBeGreaterThan(0);
  });

  it('gives every service a breaker, with limits that fit one another', () => {
    expect([...config.services.values()]).toEqual([
      {
        name: 'youtube',
        url: 'https://youtube.example/v3',
        token: 'google',
        timeoutMs: 30_000,
        idempotencyHeader: 'Idempotency-Key',
        breaker: {
          failures: 3,
          rate: 0.5,
          of: 3,
          atLeast: 3,
          slowCallMs: null,
          withinMs: null,
          slowRate: 0.5,
          cooldownMs: 3_600_000,
          cooldownMsMax: 3_600_000,
          probeTimeoutMs: 60_000,
        },
        quota: { limit: null, per: 'day', periodMs: 86_400_000, resets: null },
      },
      expect.objectContaining({
        name: 'disk',
        breaker: expect.objectContaining({ of: 10, atLeast: 5, cooldownMs: 60_000, cooldownMsMax: 1_800_000 }),
      }),
    ]);
  });

  it('says of each token where it comes from and how it travels', () => {
    const told = [...config.tokens.values()].map(({ name, header, source, settings }) => ({
      name,
      header: `${header.name}: ${header.scheme}`,
      grant: source.grant,
      authMethod: source.grant === 'static' ? null : source.authMethod,
      refreshBeforeMs: settings.refreshBeforeMs,
    }));
    const oauth = { header: 'Authorization: Bearer' };
    expect(told).toEqual([
      { name: 'google', ...oauth, grant: 'refresh_token', authMethod: 'client_secret_basic', refreshBeforeMs: 300_000 },
      {
        name: 'internal',
        ...oauth,
        grant: 'client_credentials',
        authMethod: 'client_secret_post',
        refreshBeforeMs: 60_000,
      },
      { name: 'github', ...oauth, grant: 'static', authMethod: null, refreshBeforeMs: 0 },
      { name: 'weather', header: 'X-API-Key: null', grant: 'static', authMethod: null, refreshBeforeMs: 0 },
    ]);
  });

  it('turns the built-in engines off, and limits them', () => {
    expect(config.builtIn).toEqual({
      health: null,
      resources: { memoryBytes: 1_000_000_000, eventLoopDelayMs: 1_000, diskFreeBytes: 2_000_000_000 },
      backup: {
        schedule: '0 1 * * *',
        keep: { last: 3, daily: 14, weekly: 4, maxAgeMs: 86_400_000 },
        dir: '/mnt/copies',
        upload: {
          program: 'rclone',
          args: ['copyto', '{file}', 'far:{name}'],
          shell: false,
          cwd: process.cwd(),
          env: new Map([['KEY', expect.objectContaining({ reveal: expect.any(Function) })]]),
          inherit: expect.arrayContaining(['PATH', 'HOME']),
          exitCodes: expect.any(Map),
          timeoutMs: 300_000,
        },
      },
      logCleanup: {
        schedule: '0 4 * * *',
        keepLedgerMs: 30 * 86_400_000,
        ledgerEntriesMax: 20_000,
        keepQuarantineMs: 365 * 86_400_000,
        keepRemovedMs: 30 * 86_400_000,
        folders: [{ path: 'logs', match: '*.log', olderThanMs: 7 * 86_400_000 }],
      },
      logAnalysis: { schedule: '50 6 * * *' },
      dailyReport: null,
      updates: { schedule: '0 5 * * mon', network: true },
    });
    expect(resolve({}).builtIn).toMatchObject({
      health: { urls: [] },
      backup: {
        schedule: '30 3 * * *',
        keep: { last: 3, daily: 7, weekly: 4, maxAgeMs: null },
        dir: null,
        upload: null,
      },
      logCleanup: { keepLedgerMs: 90 * 86_400_000, folders: [] },
      dailyReport: { schedule: '0 7 * * *', send: [] },
      updates: { network: false },
    });
  });

  it('listens for other machines where it says, with files beside it', () => {
    const listen = { host: '::', tls: { cert: 'tls/cert.pem', key: '/etc/key.pem' } };
    expect(resolveConfig({ listen }, {}, '/jobs').listen).toEqual({
      host: '::',
      port: 4443,
      certFile: '/jobs/tls/cert.pem',
      keyFile: '/etc/key.pem',
    });
    expect(resolve({}).listen).toBeNull();
  });

  it('has settings that survive JSON unchanged', () => {
    const settings = [...config.engines.values(), ...config.tokens.values()].map(({ settings }) => settings);
    expect(JSON.parse(JSON.stringify(settings))).toEqual(settings);
  });

  it('may be empty', () => {
    const empty = resolve({});
    expect(empty.engines.size).toBe(0);
    expect(empty.timeZone).toBe(Intl.DateTimeFormat().resolvedOptions().timeZone);
    expect(empty.supervision).toEqual({
      intensity: { maxRestarts: 3, withinMs: 60_000 },
      drainMs: 30_000,
      standstillMs: 10_000,
    });
    expect(empty.log).toEqual({ level: 'info', files: { sizeBytes: 50_000_000, keep: 10 } });
    expect(resolveConfig({ log: { files: false } }, {}).log.files).toBeNull();
  });
});

describe("a token's fingerprint", () => {
  const fingerprint = (token: unknown) => resolve(withToken(token)).tokens.get('t')?.settings.fingerprint;

  it('changes with the grant and with nothing else', () => {
    const first = fingerprint(oauth2(grant));
    expect(fingerprint(oauth2({ ...grant, refreshBefore: '1m', scope: 'mail' }))).toBe(first);
    expect(fingerprint(oauth2({ ...grant, refreshToken: 'grant-2' }))).not.toBe(first);
    expect(fingerprint(oauth2({ ...grant, clientId: 'you' }))).not.toBe(first);
    expect(fingerprint(oauth2({ ...grant, tokenUrl: 'https://other.example/token' }))).not.toBe(first);
    expect(fingerprint(bearer('one-token'))).not.toBe(fingerprint(bearer('two-token')));
  });
});
