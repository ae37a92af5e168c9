import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { desktop, mail, notifyCommand, webhook } from '../../src/config/define.ts';
import type { Environment } from '../../src/config/env.ts';
import { env } from '../../src/config/env.ts';
import { resolveConfig } from '../../src/config/resolve.ts';

const ends = { host: 'smtp.example.com', from: 'night@example.com', to: 'ada@example.com' };
const channel = (ops: unknown) => ({ alerts: { channels: { ops } } });

function complaint(definition: unknown, environment: Environment = {}): string {
  try {
    resolveConfig(definition, environment);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

describe('wrong alerts', () => {
  const cases: [name: string, definition: unknown, line: string][] = [
    [
      'a URL that is none',
      channel(webhook({ url: 'hooks.example.com/key' })),
      "alerts.channels.ops.url: found a text that is no http: or https: URL, expected a URL. Write it as 'https://api.example.com'.",
    ],
    [
      'a URL that others can read on the way',
      channel(webhook({ url: 'http://hooks.example.com/key' })),
      'alerts.channels.ops.url: found an http: URL, expected an https: URL, since secrets are sent there. Write https://.',
    ],
    [
      'a URL that is not in the environment',
      channel(webhook({ url: env('SLACK_URL') })),
      "alerts.channels.ops.url: found env('SLACK_URL'), which is not set, expected a text. Set the environment variable SLACK_URL.",
    ],
    [
      'a misspelt shape',
      channel(webhook({ url: 'https://hooks.example.com/key', shape: 'slak' as never })),
      "alerts.channels.ops.shape: found 'slak', expected 'json', 'slack', 'discord' or 'ntfy'. Did you mean 'slack'?",
    ],
    [
      'a channel that none of the functions made',
      channel({ url: 'https://hooks.example.com/key' }),
      'alerts.channels.ops: found an object, expected webhook({ … }), mail({ … }), notifyCommand([ … ]) or desktop(). Write that instead.',
    ],
    [
      'a port that there is not',
      channel(mail({ ...ends, port: 70_000 })),
      'alerts.channels.ops.port: found 70000, expected a number from 1 to 65535. Write 587, 465 or 25.',
    ],
    [
      'half a login',
      channel(mail({ ...ends, user: 'night' })),
      'alerts.channels.ops.password: found nothing beside a user, expected both of them, or none. Add password, or remove user.',
    ],
    [
      'the other half',
      channel(mail({ ...ends, password: 'a-long-password' })),
      'alerts.channels.ops.user: found nothing beside a password, expected both of them, or none. Add user, or remove password.',
    ],
    [
      'a program in one text',
      channel(notifyCommand('notify --now' as never)),
      "alerts.channels.ops.run: found 'notify --now', expected a program and its arguments. Write ['notify', '--now'].",
    ],
    [
      'a misspelt severity',
      channel(desktop({ severity: 'nwo' as never })),
      "alerts.channels.ops.severity: found 'nwo', expected 'now' or 'canWait'. Did you mean 'now'?",
    ],
    [
      'a misspelt window',
      { windows: { night: { from: '22:00', to: '07:00' } }, alerts: { quietHours: 'nigth' } },
      "alerts.quietHours: found 'nigth', expected one of the windows: 'night'. Did you mean 'night'?",
    ],
    [
      'quiet hours without an end',
      { windows: { always: { from: '00:00', to: '24:00' } }, alerts: { quietHours: 'always' } },
      "alerts.quietHours: found 'always', which is open round the clock, expected a window with an end: nobody would ever hear of what can wait. Give the window hours, or remove quietHours.",
    ],
    [
      'no gap between reminders',
      { alerts: { remind: [] } },
      "alerts.remind: found an empty array, expected an array of lengths of time such as ['1h', '24h']. Write that instead.",
    ],
    [
      'a service with the name of a channel’s own',
      { ...channel(desktop()), services: { 'alert-ops': {} } },
      "services.alert-ops: found 'alert-ops', under which alerts.channels.ops has its breaker, expected a name of its own. Rename the service or the channel.",
    ],
  ];

  it.each(cases)('%s', (_, definition, line) => {
    expect(complaint(definition)).toBe(line);
  });
});

describe('alerts', () => {
  it('have defaults', () => {
    const hour = 3_600_000;
    expect(resolveConfig({}, {}).alerts).toEqual({
      channels: new Map(),
      settings: { afterMs: 300_000, quiet: null, remindMs: [hour, 4 * hour, 12 * hour, 24 * hour] },
    });
  });

  it('may be told without a moment to heal', () => {
    expect(resolveConfig({ alerts: { after: 0 } }, {}).alerts.settings.afterMs).toBe(0);
  });

  it.each([
    [{}, 587],
    [{ secure: true }, 465],
    [{ port: 25 }, 25],
  ])('by mail go to the port that is usual: %o', (options, port) => {
    const { channels } = resolveConfig(channel(mail({ ...ends, ...options })), {}).alerts;
    expect(channels.get('ops')).toMatchObject({ port });
  });

  it('keep their secrets out of sight', () => {
    const config = resolveConfig(
      {
        alerts: {
          channels: {
            ops: webhook({ url: env('SLACK_URL') }),
            post: mail({ ...ends, user: 'night', password: env('SMTP_PASSWORD') }),
          },
        },
      },
      { SLACK_URL: 'https://hooks.example.com/canary-1', SMTP_PASSWORD: 'canary-2' },
    );
    expect(inspect(config, { depth: null }) + JSON.stringify([...config.alerts.channels])).not.toContain('canary');
  });
});
