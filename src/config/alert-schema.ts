/**
 * Alerts: the channels by which a person is told, and when.
 */
import { z } from 'zod';
import type { AlertSettings } from '../policies/settings.ts';
import type { Window } from '../policies/window.ts';
import type { ChannelConfig, ServiceConfig } from './config.ts';
import { severities, webhookShapes } from './definition.ts';
import type { Environment } from './env.ts';
import { field, type Mismatch, section, together } from './field.ts';
import { duration, durationOrNone, name, oneOf, text, yesOrNo } from './fields.ts';
import { foundKind } from './found.ts';
import { privateText, secret, secretUrl } from './private-field.ts';
import { noQuota } from './service-schema.ts';

export function alertsSchema(environment: Environment) {
  const lengths = { error: "an array of lengths of time such as ['1h', '24h']" };
  return section({
    channels: z
      .record(name(), channelSchema(environment), { error: 'an object with an entry for each channel' })
      .default({}),
    after: durationOrNone().default(300_000),
    quietHours: text('the name of a window', 'Write one of the names under windows.').optional(),
    remind: z.array(duration(), lengths).min(1, lengths).default(reminders),
  }).prefault({});
}

const hourMs = 3_600_000;
const reminders = [hourMs, 4 * hourMs, 12 * hourMs, 24 * hourMs];

function channelSchema(environment: Environment) {
  const severity = oneOf(severities).default('canWait');
  return z.discriminatedUnion(
    'kind',
    [
      section({
        kind: z.literal('webhook'),
        url: secretUrl(environment),
        shape: oneOf(webhookShapes).default('json'),
        severity,
      }),
      together(
        section({
          kind: z.literal('mail'),
          host: privateText(environment),
          port: portNumber().optional(),
          secure: yesOrNo().default(false),
          user: privateText(environment).optional(),
          password: secret(environment).optional(),
          from: privateText(environment),
          to: privateText(environment),
          severity,
        }),
        wholeLogin,
      ),
      section({ kind: z.literal('command'), run: program(), severity }),
      section({ kind: z.literal('desktop'), severity }),
    ],
    { error: 'webhook({ … }), mail({ … }), notifyCommand([ … ]) or desktop()' },
  );
}

function wholeLogin({ user, password }: Readonly<Record<string, unknown>>): Mismatch | undefined {
  if ((user === undefined) === (password === undefined)) return undefined;
  const [there, missing] = user === undefined ? ['password', 'user'] : ['user', 'password'];
  return {
    path: [missing as string],
    found: `nothing beside a ${there}`,
    expected: 'both of them, or none',
    fix: `Add ${missing}, or remove ${there}.`,
  };
}

const portNumber = () =>
  field({ expected: 'a number from 1 to 65535', fix: 'Write 587, 465 or 25.' }, (value) =>
    Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535 ? (value as number) : undefined,
  );

const program = () =>
  field({ expected: 'a program and its arguments', fix: "Write ['notify', '--now']." }, (value, complain) => {
    if (!Array.isArray(value)) return undefined;
    const isProgram = value.length > 0 && value.every((part) => typeof part === 'string') && value[0] !== '';
    return isProgram ? (value as string[]) : complain({ found: foundKind(value) });
  });

type Parsed = z.output<ReturnType<typeof alertsSchema>>;

export function alertSettings(parsed: Parsed, windows: ReadonlyMap<string, Window>): AlertSettings {
  const { after, quietHours, remind } = parsed;
  const quiet = quietHours === undefined ? null : (windows.get(quietHours) ?? null);
  return { afterMs: after, quiet, remindMs: [...remind] };
}

export function channelConfigs({ channels }: Parsed): Map<string, ChannelConfig> {
  return new Map(
    Object.entries(channels).map(([channel, parsed]) => [
      channel,
      { ...defaults(parsed), name: channel } as ChannelConfig,
    ]),
  );
}

function defaults(parsed: Parsed['channels'][string]) {
  return parsed.kind === 'mail' ? { ...parsed, port: parsed.port ?? (parsed.secure ? 465 : 587) } : parsed;
}

/** A channel is a service like others: with a limit on its time, and left alone when it is down. */
export function channelServices(channels: Iterable<string>): ServiceConfig[] {
  return [...channels].map((channel) => ({
    name: channelService(channel),
    timeoutMs: 20_000,
    idempotencyHeader: 'Idempotency-Key',
    quota: noQuota,
    breaker: {
      failures: 3,
      rate: 1,
      of: 10,
      atLeast: 10,
      withinMs: null,
      slowCallMs: null,
      slowRate: 1,
      cooldownMs: 60_000,
      cooldownMsMax: 1_800_000,
      probeTimeoutMs: 40_000,
    },
  }));
}

/** The name of the service, with its breaker, that stands for a channel. */
export function channelService(channel: string): string {
  return `alert-${channel}`;
}
