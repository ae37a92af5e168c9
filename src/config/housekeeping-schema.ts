/**
 * The housekeeping engines: when they work, and how much they keep.
 */
import { z } from 'zod';
import { commandConfig, commandSchema } from './command-schema.ts';
import type { BackupConfig, BuiltInConfig } from './config.ts';
import { cron } from './engine-schema.ts';
import type { Environment } from './env.ts';
import { field, section } from './field.ts';
import { count, duration, text, yesOrNo } from './fields.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
const orFalse = 'an object or false';

/**
 * @param environment where `env('NAME')` is looked up
 * @param zone in which schedules are read
 */
export function housekeepingSchema(environment: Environment, zone: string) {
  const schedule = (usual: string) => cron(zone).default(usual);
  const turnOff = z.literal(false);
  return {
    backup: z
      .union([
        turnOff,
        section(
          {
            schedule: schedule('30 3 * * *'),
            keep: section({
              last: count(1).default(3),
              daily: count(1).default(7),
              weekly: count(0).default(4),
              maxAge: duration().optional(),
            }).prefault({}),
            dir: path().optional(),
            upload: upload(environment).optional(),
          },
          orFalse,
        ),
      ])
      .prefault({}),
    logCleanup: z
      .union([
        turnOff,
        section(
          {
            schedule: schedule('0 4 * * *'),
            keepLedger: duration().default(90 * dayMs),
            ledgerEntries: count(50).default(20_000),
            keepQuarantine: duration().default(365 * dayMs),
            keepRemoved: duration().default(30 * dayMs),
            folders: z.array(folder(), { error: 'an array of { path, match, olderThan }' }).default([]),
          },
          orFalse,
        ),
      ])
      .prefault({}),
    logAnalysis: z.union([turnOff, section({ schedule: schedule('50 6 * * *') }, orFalse)]).prefault({}),
    dailyReport: z
      .union([turnOff, section({ schedule: schedule('0 7 * * *'), send: channels() }, orFalse)])
      .prefault({}),
    updates: z
      .union([turnOff, section({ schedule: schedule('0 5 * * mon'), network: yesOrNo().default(false) }, orFalse)])
      .prefault({}),
  };
}

const folder = () => section({ path: path(), match: fileNames(), olderThan: duration() }, '{ path, match, olderThan }');

const upload = (environment: Environment) =>
  commandSchema(environment, { timeout: duration().default(30 * minuteMs) }, '{ run: [program, …] }');

const channels = () =>
  z
    .array(text('the name of a channel', 'Write one of the names under alerts.channels.'), {
      error: 'an array of names of channels',
    })
    .default([]);

const path = () => text('the path of a folder', "Write it as '/var/log/jobs' or 'logs'.");

const fileNames = () =>
  field({ expected: "names of files, as in '*.log'", fix: 'Name the folder under path.' }, (value) =>
    typeof value === 'string' && value.trim() !== '' && !/[/\\]/.test(value) && !/^\.{1,2}$/.test(value)
      ? value
      : undefined,
  );

type Parsed = z.output<z.ZodObject<ReturnType<typeof housekeepingSchema>>>;

/** @param folder the config's, from which working folders are counted */
export function housekeepingConfig(
  { backup, logCleanup, logAnalysis, dailyReport, updates }: Parsed,
  folder: string,
): Pick<BuiltInConfig, 'backup' | 'logCleanup' | 'logAnalysis' | 'dailyReport' | 'updates'> {
  return {
    backup: backup ? backupConfig(backup, folder) : null,
    logCleanup:
      (logCleanup && {
        schedule: logCleanup.schedule,
        keepLedgerMs: logCleanup.keepLedger,
        ledgerEntriesMax: logCleanup.ledgerEntries,
        keepQuarantineMs: logCleanup.keepQuarantine,
        keepRemovedMs: logCleanup.keepRemoved,
        folders: logCleanup.folders.map(({ olderThan, ...folder }) => ({ ...folder, olderThanMs: olderThan })),
      }) ||
      null,
    logAnalysis: logAnalysis || null,
    dailyReport: dailyReport || null,
    updates: updates || null,
  };
}

function backupConfig({ schedule, keep, dir, upload }: Exclude<Parsed['backup'], false>, folder: string): BackupConfig {
  const { maxAge = null, ...counts } = keep;
  return {
    schedule,
    keep: { ...counts, maxAgeMs: maxAge },
    dir: dir ?? null,
    upload: upload ? { ...commandConfig(upload, folder), timeoutMs: upload.timeout } : null,
  };
}
