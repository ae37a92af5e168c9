/**
 * The property list of launchd, as text.
 *
 * launchd has no watchdog. So what it keeps alive is the warden (`warden-process.ts`), which keeps the service alive and ends one that
 * falls silent. Nor does it read variables from a file: Node does.
 *
 * @see launchd.plist(5)
 */
import { dirname } from 'node:path';
import { drainMsDefault, stopMsMax } from '../policies/stop-length.ts';
import { commandLine, type Launch } from './launch.ts';
import { noted } from './note.ts';

/** A value of a property list. */
type Value = string | number | boolean | readonly string[] | { readonly [key: string]: Value };

const place = '<!-- (note) -->';
/** As long as systemd waits between two starts. */
const throttleSeconds = 10;
/** Longer than the warden waits for the service. */
const exitSeconds = stopMsMax(drainMsDefault) / 1_000 + 15;
const ownersOnly = 0o077;

/**
 * @param warden the entry point of the warden
 * @param errorFile where it and the service write what they cannot log
 */
export function launchdPlist(launch: Launch, warden: string, errorFile: string): string {
  const [node, ...args] = commandLine(launch);
  const own = launch.flags.length;
  const [flags, [, ...rest]] = [args.slice(0, own), args.slice(own)];
  const { envFile, scope, user, searchPath } = launch;
  const settings: Record<string, Value> = {
    Label: launch.name,
    ProgramArguments: [node, ...flags, ...(envFile === undefined ? [] : [`--env-file=${envFile}`]), warden, ...rest],
    ...(scope === 'system' && user !== null ? { UserName: user } : {}),
    WorkingDirectory: dirname(launch.config),
    EnvironmentVariables: { PATH: searchPath },
    RunAtLoad: true,
    KeepAlive: true,
    ThrottleInterval: throttleSeconds,
    ExitTimeOut: exitSeconds,
    Umask: ownersOnly,
    // The log has files of its own, which are cut when they grow.
    StandardOutPath: '/dev/null',
    StandardErrorPath: errorFile,
  };
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<!-- Written by `nightshift service install`. -->',
    place,
    '<plist version="1.0">',
    ...xml(settings),
    '</plist>',
    '',
  ].join('\n');
  return noted(text, place, launch, (note) => `<!-- ${note} -->`);
}

/** The lines of a value. */
function xml(value: Value): string[] {
  if (typeof value === 'string') return [`<string>${escaped(value)}</string>`];
  if (typeof value === 'number') return [`<integer>${value}</integer>`];
  if (typeof value === 'boolean') return [`<${value}/>`];
  if (isList(value)) return ['<array>', ...value.flatMap(xml).map(indented), '</array>'];
  const entries = Object.entries(value).flatMap(([key, inner]) => [`<key>${escaped(key)}</key>`, ...xml(inner)]);
  return ['<dict>', ...entries.map(indented), '</dict>'];
}

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}

function indented(line: string): string {
  return `  ${line}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
