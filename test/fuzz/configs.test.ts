/**
 * Whatever a config file exports: it is taken, or refused with what is wrong, where, what was expected and what to do.
 */
import { expect, it } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { bearer, command, desktop, engine, oauth2, webhook } from '../../src/config/define.ts';
import { env } from '../../src/config/env.ts';
import { resolveConfig } from '../../src/config/resolve.ts';
import { fc } from '../property.ts';
import { changed, fuzzRuns, odd } from './changed.ts';

const environment = { TOKEN: 'a-token-of-some-length', HOOK: 'https://hooks.example.com/secret-path' };
const whole = {
  timeZone: 'Europe/Berlin',
  windows: { office: { days: ['mon', 'tue'], from: '09:00', to: '17:00', except: ['2026-12-24'] } },
  tags: { heavy: { maxConcurrent: 2 } },
  maxConcurrent: 5,
  services: {
    shop: {
      url: 'https://shop.example.com/v1',
      token: 'shop',
      timeout: '10s',
      breaker: { failures: 3, cooldown: '1m' },
      quota: { limit: 10, per: 'minute' },
    },
    spare: { url: 'https://spare.example.com' },
  },
  tokens: {
    shop: bearer(env('TOKEN')),
    mail: oauth2({ tokenUrl: 'https://login.example.com/token', clientId: 'me', refreshToken: env('TOKEN') }),
  },
  alerts: {
    channels: { ops: webhook({ url: env('HOOK') }), here: desktop() },
    quietHours: 'office',
  },
  log: { level: 'info', files: { size: '50MB', keep: 10 } },
  supervision: { drain: '30s', maxRestarts: 3, withinPeriod: '1m' },
  builtIn: { resources: { memory: '500MB' }, backup: { schedule: '0 2 * * *' } },
  engines: [
    engine('video', {
      schedule: '*/30 * * * *',
      window: 'office',
      tags: ['heavy'],
      retry: { tries: 5, base: '1s', cap: '1m' },
      catchUp: 'once',
      heartbeat: { grace: '5m' },
      run: () => 'done',
    }),
    engine('after-video', { after: 'video', timeout: '10m', minOutput: 1, run: () => 'done' }),
    command('import', {
      every: '1h',
      run: ['python3', 'import.py'],
      env: { KEY: env('TOKEN') },
      exitCodes: { 2: 'recoverable' },
    }),
  ],
};

it('is right to begin with', () => {
  expect([...resolveConfig(whole, environment).engines.keys()]).toEqual(['video', 'after-video', 'import']);
});

it('is taken or refused, place by place, in words that show no secret', () => {
  let refused = 0;
  fc.assert(
    fc.property(changed(whole, odd), (definition) => {
      try {
        resolveConfig(definition, environment);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        refused += 1;
        expect(error.problems.length).toBeGreaterThan(0);
        for (const { found, expected, fix } of error.problems) {
          expect([found, expected, fix].every((text) => typeof text === 'string' && text !== '')).toBe(true);
        }
        expect(error.message.split('\n')).toHaveLength(error.problems.length);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal must not get.
        expect(error.message).not.toMatch(/[\0-\x09\x0b-\x1f]|a-token-of|secret-path/);
      }
    }),
    { numRuns: fuzzRuns, endOnFailure: true },
  );
  expect(refused).toBeGreaterThan(fuzzRuns / 10);
});
