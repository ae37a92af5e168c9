/**
 * `check`: whether the config is good, and what a restart would change, with it and with the records in the store. It changes nothing,
 * and works beside a running service.
 */
import { existsSync } from 'node:fs';
import { type CheckResult, type ConfigCheck, check, type RecordCheck } from '../check.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { secretsOf } from '../config/secrets-of.ts';
import { readCertificate, refuseOutOfTime } from '../dashboard/certificate.ts';
import { dataDirAt } from '../persistence/data-dir.ts';
import { createRedactor } from '../persistence/redact.ts';
import { type KeyPlaces, presentVaultKey } from '../persistence/vault-key.ts';
import { localText } from '../policies/calendar-day.ts';
import type { Address } from '../stream.ts';
import { changeLines, unseen } from './change-text.ts';
import { refuseUnreadable } from './client.ts';
import { type MissingProgram, missingPrograms } from './missing-programs.ts';
import { oneLine } from './output.ts';
import { patiently } from './patiently.ts';
import { type PlaceOptions, placeOf } from './place.ts';
import { named } from './rehearsal-text.ts';
import { wholeConfig } from './whole-config.ts';

export interface CheckOptions extends PlaceOptions {
  json?: boolean;
}

/** What the command prints for machines; a running service reads it before a reload. */
export interface CheckAnswer extends CheckResult {
  config: { file: string; engines: number; services: number; tokens: number };
  /** Jobs whose program could not be started by whoever asked. */
  missing: MissingProgram[];
}

/**
 * @param now epoch ms
 * @returns the exit code: 1 when a record would go to quarantine
 * @throws {ConfigError} when the config is not good, its certificate included
 */
export async function checkCommand({ json, ...options }: CheckOptions, now: number, keys: KeyPlaces): Promise<number> {
  const place = placeOf(options);
  const config = await patiently(place.config, loadConfig({ file: place.config, env: process.env }));
  if (config.listen) refuseOutOfTime(readCertificate(config.listen), config.listen, now);
  refuseUnreadable(place.data);
  const { store, vaultKey } = dataDirAt(place.data);
  const found = await check({
    store: existsSync(store) ? store : null,
    config: wholeConfig(config, place),
    configFile: place.config,
    vaultKey: presentVaultKey({ environment: keys, file: vaultKey })?.key,
    now,
  });
  const { engines, services, tokens } = config;
  const counts = { engines: engines.size, services: services.size, tokens: tokens.size };
  const missing = missingPrograms(config, process.env);
  const answer: CheckAnswer = { config: { file: place.config, ...counts }, missing, ...found };
  const redactor = createRedactor();
  for (const secret of secretsOf(config)) redactor.add(secret.reveal());
  console.log(redactor.redact(json ? JSON.stringify(answer) : checkText(answer, config.timeZone)));
  return found.records.quarantined.length > 0 ? 1 : 0;
}

export function checkText({ config, missing, changes, records }: CheckAnswer, timeZone: Config['timeZone']): string {
  const { file, engines, services, tokens } = config;
  const counts = [count(engines, 'engine'), count(services, 'service'), count(tokens, 'token')].join(', ');
  const time = (at: number) => localText(timeZone, at);
  return [
    `${file} is good: ${counts}.`,
    ...missingLines(missing),
    '',
    ...configLines(changes, time),
    '',
    ...recordLines(records, time),
  ].join('\n');
}

function missingLines(missing: readonly MissingProgram[]): string[] {
  if (missing.length === 0) return [];
  const lines = missing.slice(0, reasonsMax).map(({ engine, what }) => oneLine(`  ${engine}: ${what}`));
  const more = missing.length - reasonsMax;
  return ['Seen from here, these could not start:', ...lines, ...(more > 0 ? [`  and ${more} more`] : [])];
}

function configLines({ since, before, changes, hasSecrets }: ConfigCheck, time: (at: number) => string): string[] {
  if (since === null) return ['No start has noted its config in this store yet: there is nothing to compare with.'];
  const lines = [...(before === null ? [] : [`another file: ${before} before`]), ...changeLines(changes)];
  const blind = hasSecrets
    ? []
    : ['Whether a secret has changed cannot be seen from here: that takes the key of the vault.'];
  if (lines.length === 0) {
    return [`Against the start of ${time(since)} nothing of the config has changed. ${unseen}`, ...blind];
  }
  return [`Against the start of ${time(since)} a restart would change:`, ...lines.map((line) => `  ${line}`), ...blind];
}

function recordLines({ load, migrated, quarantined, fresh, removed }: RecordCheck, time: (at: number) => string) {
  const lost = quarantined.reduce((sum, { actors }) => sum + actors.length, 0);
  if (load + lost === 0) return ['There are no records yet: all begin afresh.'];
  const first =
    lost === 0
      ? `${count(load, 'record')} would load.`
      : `${count(load, 'record')} would load, ${lost} would not, because`;
  const until = Map.groupBy(removed.filter(isTold), (each) => each.until);
  const begin = fresh.map((address) => ({ address })).filter(isTold);
  return [
    first,
    ...quarantined.slice(0, reasonsMax).map(({ reason, actors }) => oneLine(`  ${named(actors)}: ${reason}`)),
    ...(quarantined.length > reasonsMax ? [`  and ${quarantined.length - reasonsMax} reasons more`] : []),
    ...(lost === 0 ? [] : ['Those would go to quarantine, and their actors begin afresh.']),
    ...migrated.map(
      ({ kind, from, to, records }) => `${count(records, 'record')} of ${kind} would go from version ${from} to ${to}.`,
    ),
    ...(begin.length > 0 ? [`Without a record, and so from the beginning: ${names(begin)}.`] : []),
    ...[...until].map(
      ([at, all]) => `Not in the config, and kept ${at === null ? 'for ever' : `until ${time(at)}`}: ${names(all)}.`,
    ),
  ];
}

const reasonsMax = 20;

/** Heartbeats and quotas come and go with the engine or the service that they belong to. */
function isTold({ address }: { address: Address }): boolean {
  return !/^(heartbeat|quota)\//.test(address);
}

function names(all: readonly { address: Address }[]): string {
  return named(all.map(({ address }) => address));
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;
}
