/**
 * The running configuration as people are shown it: what holds, every default filled in, and no secret.
 */
import type { Config, EngineConfig, ListenConfig, ServiceConfig, TokenConfig } from '../config/config.ts';
import { everyRun } from '../config/config.ts';
import { days } from '../config/definition.ts';
import type { Window } from '../policies/window.ts';
import { certificateEnd } from './certificate.ts';

export function settingsView(config: Config) {
  const { limits } = config;
  return {
    timeZone: config.timeZone,
    logLevel: config.log.level,
    traces: config.traces,
    listen: config.listen && listenOf(config.listen),
    drainMs: config.supervision.drainMs,
    standstillMs: config.supervision.standstillMs,
    intensity: config.supervision.intensity,
    watchdog: config.watchdog && { everyMs: config.watchdog.everyMs },
    alerts: config.alerts.settings,
    channels: [...config.alerts.channels.values()].map(({ name, kind, severity }) => ({ name, kind, severity })),
    windows: [...config.windows].map(([name, window]) => ({ name, window: windowOf(window) })),
    limits: [...limits].map(([name, runs]) => ({ name: name === everyRun ? null : name, runs })),
    engines: [...config.engines.values()].map(engineOf),
    services: [...config.services.values()].map(serviceOf),
    fallbacks: [...config.fallbacks].map(([name, services]) => ({ name, services: [...services] })),
    tokens: [...config.tokens.values()].map(tokenOf),
    builtIn: Object.entries(config.builtIn).map(([name, settings]) => ({ name, settings: settings as object | null })),
  };
}

/** Where other machines may ask. Its key is nobody's business, and not even where that is. */
function listenOf({ host, port, certFile }: ListenConfig) {
  return { host, port, certificate: certFile, validTo: certificateEnd(certFile) };
}

function engineOf({ id, settings, importance, limits, isolation, command }: EngineConfig) {
  return {
    id,
    settings: { ...settings, window: settings.window && windowOf(settings.window) },
    importance,
    limits: limits ?? [],
    isolated: isolation !== undefined,
    // Its arguments may have a key in them, which nobody has called one; a line of the shell is all arguments.
    program: command?.shell ? '/bin/sh' : (command?.program ?? null),
  };
}

/** Its days by their names, as the config file has them. */
function windowOf(window: Window) {
  return { ...window, ...(window.days && { days: window.days.map((day) => days[day]) }) };
}

function serviceOf({ name, url, token, timeoutMs, breaker, quota }: ServiceConfig) {
  return { name, url: url ?? null, token: token ?? null, timeoutMs, breaker, quota };
}

function tokenOf({ name, settings, source, header }: TokenConfig) {
  return {
    name,
    grant: settings.grant,
    refreshBeforeMs: settings.refreshBeforeMs,
    tokenUrl: source.grant === 'static' ? null : source.tokenUrl,
    scope: source.grant === 'static' ? null : (source.scope ?? null),
    header: header.name,
  };
}
